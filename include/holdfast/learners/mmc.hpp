// Distance metric learning with side information for clustering.
#pragma once

#include <optional>

#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"

namespace holdfast::learners {

/// The problem of Xing, Ng, Jordan and Russell (NIPS 2002).
struct MmcOptions {
  bool diagonal = false;                 ///< M diagonal: weights of the columns
  std::optional<double> regularization;  ///< rho >= 0: A + rho tr(A) / d I; absent: 2 sqrt(d / similar pairs)
  Index constraints = 0;                 ///< pairs of each kind drawn by label; 0: 20 c^2 for c classes
  Index max_iterations = 1000;
  double tolerance = 1e-10;  ///< relative decrease of the objective over five iterations at which it ends

  [[nodiscard]] static const OptionTable<MmcOptions>& table();
};

/// Maximises sum over dissimilar pairs of sqrt(v^T M v) over M positive semidefinite with tr(M A) <= 1, for the scatter
/// A of similar pairs (the mean of v v^T; another scale of A scales M alone). The maximum of this concave function is
/// found by L-BFGS over L with M = L^T L in coordinates in which A is the identity, on a function that does not see the
/// scale of M (objectives::SpreadObjective): no projections. The report's objective is minus the logarithm of the mean
/// distance of dissimilar pairs; its log states how far at most the maximum is.
[[nodiscard]] Fit fit_mmc(const MatrixView& x, const constraints::Supervision& supervision,
                          const MmcOptions& options = {}, const FitContext& context = {});

}  // namespace holdfast::learners
