// Sparse distance metric learning.
#pragma once

#include <optional>

#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/learners/regularization.hpp"

namespace holdfast::learners {

/// The problem of Qi, Tang, Zha, Shen, Fu, Wang and Zhang (ICML 2009).
struct SdmlOptions {
  std::optional<double> balance;  ///< eta > 0, weight of the pairs; absent: 0.5, or as much as S = P^-1 + eta K allows
  double sparsity = 0.01;         ///< lambda >= 0, in units of the mean variance of the columns
  Prior prior = Prior::identity;  ///< P; the identity and a random one are over the mean variance of the columns
  Index constraints = 0;          ///< pairs of each kind drawn by label; 0: 20 c^2 for c classes
  Index max_iterations = 1000;
  double tolerance = 1e-8;  ///< size of the subgradient, relative to S, at which it ends

  [[nodiscard]] static const OptionTable<SdmlOptions>& table();
};

/// Minimises over M symmetric positive definite
///     tr(M S) - log det M + lambda sum_{i != j} |M_ij|,   S = P^-1 + eta K,
/// with K the sum of v v^T over similar pairs minus that over dissimilar ones. If this has no minimum, because K draws
/// M apart without bound, eta is lowered to `safe_share` of the largest value at which S is positive semidefinite; the
/// report has what was used.
[[nodiscard]] Fit fit_sdml(const MatrixView& x, const constraints::Supervision& supervision,
                           const SdmlOptions& options = {}, const FitContext& context = {});

}  // namespace holdfast::learners
