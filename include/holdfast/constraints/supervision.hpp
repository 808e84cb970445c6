// The supervision of a learner: which rows should be near, and which far.
#pragma once

#include <variant>

#include "holdfast/constraints/chunks.hpp"
#include "holdfast/constraints/pairs.hpp"
#include "holdfast/constraints/quadruplets.hpp"
#include "holdfast/constraints/triplets.hpp"
#include "holdfast/core/dataset.hpp"

namespace holdfast::constraints {

/// Labels of the rows, or pairs, triplets, chunks or quadruplets of them.
using Supervision = std::variant<Labels, PairSet, TripletSet, ChunkSet, QuadrupletSet>;

/// Whether there are two classes or more, and a class of two rows.
[[nodiscard]] bool is_separable(const Labels& labels);

/// Throws InputError unless there is one label per row of `x`, two classes or more, and a class of two rows.
void require_separable(const MatrixView& x, const Labels& labels);

}  // namespace holdfast::constraints
