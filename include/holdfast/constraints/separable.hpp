// What labels must have for a metric to be learned from them.
#pragma once

#include "holdfast/core/dataset.hpp"

namespace holdfast::constraints {

/// Throws InputError unless there is one label a row of `x`, two classes or more, and a class of two rows.
void require_separable(const MatrixView& x, const Labels& labels);

}  // namespace holdfast::constraints
