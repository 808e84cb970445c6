// Metric learning from relative comparisons by minimising the squared residual.
#pragma once

#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/learners/regularization.hpp"

namespace holdfast::learners {

/// The problem of Liu, Guo, Zhang, Xie and Wang (ICDM 2012).
struct LsmlOptions {
  Prior prior = Prior::identity;  ///< P; the identity and a random one are over the mean variance of the columns
  Index constraints = 0;          ///< comparisons drawn by label; 0: 20 c^2 for c classes
  Index max_iterations = 1000;
  double tolerance = 1e-8;  ///< relative decrease of the objective over five iterations at which it ends

  [[nodiscard]] static const OptionTable<LsmlOptions>& table();
};

/// Minimises over M symmetric positive definite
///     tr(M P^-1) - log det(M P^-1) + sum over comparisons of w max(0, d_M(a, b) - d_M(c, d))^2,
/// with distances d_M (not squared) of the quadruplets d(a, b) < d(c, d), by L-BFGS over L with M = L^T L. The w are
/// QuadrupletSet::weights over their sum, 1/m each for m quadruplets without weights. From labels, a comparison is a
/// similar and a dissimilar pair.
[[nodiscard]] Fit fit_lsml(const MatrixView& x, const constraints::Supervision& supervision,
                           const LsmlOptions& options = {}, const FitContext& context = {});

}  // namespace holdfast::learners
