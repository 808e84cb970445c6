// The Mahalanobis distance of the rows: a baseline that knows the units and correlations of the columns.
#pragma once

#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"

namespace holdfast::learners {

/// None: the covariance decides.
struct CovarianceOptions {
  [[nodiscard]] static const OptionTable<CovarianceOptions>& table();
};

/// M = C^-1 for the covariance C of the rows (denominator n - 1), or its pseudo-inverse if the columns are linearly
/// dependent: a direction in which no row differs from another counts nothing (Mahalanobis 1936). The labels only serve
/// the k-NN classifier. O(n d^2 + d^3). Throws InputError for fewer than two rows, and FitFailed if squares overflow.
[[nodiscard]] Fit fit_covariance(const MatrixView& x, const constraints::Supervision& supervision,
                                 const CovarianceOptions& options = {}, const FitContext& context = {});

}  // namespace holdfast::learners
