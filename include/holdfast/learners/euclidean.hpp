// The Euclidean metric: the baseline of every comparison.
#pragma once

#include "holdfast/core/dataset.hpp"
#include "holdfast/learners/fit_result.hpp"

namespace holdfast::learners {

/// M = I on the preprocessed rows. Nothing is learned; the labels only serve the k-NN classifier.
[[nodiscard]] Fit fit_euclidean(const Matrix& x);

}  // namespace holdfast::learners
