// The Euclidean metric: the baseline of every comparison.
#pragma once

#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"

namespace holdfast::learners {

/// None: nothing is learned.
struct EuclideanOptions {
  [[nodiscard]] static const OptionTable<EuclideanOptions>& table();
};

/// M = I on the preprocessed rows `x` (n x d). The labels only serve the k-NN classifier.
[[nodiscard]] Fit fit_euclidean(const MatrixView& x, const constraints::Supervision& supervision,
                                const EuclideanOptions& options = {}, const FitContext& context = {});

}  // namespace holdfast::learners
