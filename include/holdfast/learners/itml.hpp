// Information-theoretic metric learning.
#pragma once

#include <optional>

#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/learners/regularization.hpp"

namespace holdfast::learners {

/// Symbols of Davis, Kulis, Jain, Sra and Dhillon (ICML 2007).
struct ItmlOptions {
  double gamma = 1.0;             ///< price of violating a bound, > 0
  std::optional<double> near;     ///< bound on similar pairs, u = near^2; absent: the 5th percentile of all distances
  std::optional<double> far;      ///< bound on dissimilar pairs, l = far^2; absent: the 95th percentile
  Prior prior = Prior::identity;  ///< P
  Index constraints = 0;          ///< pairs of each kind drawn by label; 0: 20 c^2 for c classes
  Index max_iterations = 1000;
  double tolerance = 1e-8;  ///< relative decrease of the objective over five iterations at which it ends

  [[nodiscard]] static const OptionTable<ItmlOptions>& table();
};

/// Minimises over M symmetric positive definite and bounds xi
///     D(M, P) + gamma sum_i D(xi_i, b_i),   v_i^T M v_i <= xi_i (similar),  >= xi_i (dissimilar),
/// with D(M, P) = tr(M P^-1) - log det(M P^-1) - d, also of numbers, the differences v_i of the pairs, and b_i = u or
/// l. The best xi are known in closed form, and L-BFGS over L with M = L^T L finds M (objectives::BoundObjective): the
/// problem of the paper's projections on one pair after the other, with fewer passes over the pairs.
/// Distances in `near` and `far` are those under P.
[[nodiscard]] Fit fit_itml(const MatrixView& x, const constraints::Supervision& supervision,
                           const ItmlOptions& options = {}, const FitContext& context = {});

}  // namespace holdfast::learners
