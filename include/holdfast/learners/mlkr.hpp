// Metric learning for kernel regression.
#pragma once

#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/learners/start.hpp"

namespace holdfast::learners {

/// Symbols of Weinberger and Tesauro (AISTATS 2007).
struct MlkrOptions {
  Index rank = 0;                  ///< rows of L; 0: as many as columns
  Start start = Start::automatic;  ///< where L begins
  Index batch = 0;                 ///< rows per step; 0: all up to 3,000 rows
  Index max_iterations = 1000;
  double tolerance = 1e-2;  ///< relative decrease of the objective at which it ends

  [[nodiscard]] static const OptionTable<MlkrOptions>& table();
};

/// Learns from numeric labels y. Minimises, over M = L^T L, the leave-one-out error of kernel regression
///     f(M) = 1/n sum_i (y_i - sum_{j != i} p_ij y_j)^2,   p_ij proportional to exp(-D2(x_i, x_j))
/// (objectives::MlkrObjective), in squared units of y. The objective is not convex; the start has a mean squared
/// distance of 1 between nearest neighbours. Steps are as in fit_nca. Throws InputError for labels that are not numbers
/// or all equal, and FitFailed if squares overflow.
[[nodiscard]] Fit fit_mlkr(const MatrixView& x, const constraints::Supervision& supervision,
                           const MlkrOptions& options = {}, const FitContext& context = {});

}  // namespace holdfast::learners
