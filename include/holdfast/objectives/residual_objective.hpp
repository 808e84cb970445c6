// The squared residual of relative comparisons, with the LogDet divergence from the identity.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast::objectives {

/// F(M) = tr(M) - log det M + sum_i w_i max(0, sqrt(a_i^T M a_i) - sqrt(c_i^T M c_i))^2 for the differences a_i of the
/// pairs that should be nearer and c_i of those that should be farther, m x d each (Liu et al., ICDM 2012). Convex in
/// M for weights w >= 0. A MapObjective over square maps; infinity where M is singular. An evaluation costs O(m d^2 +
/// d^3).
class ResidualObjective {
 public:
  /// `weights` has the w_i, m numbers of at least 0.
  ResidualObjective(Matrix near, Matrix far, Vector weights);

  [[nodiscard]] double value_at_map(const MatrixView& map) const;
  double value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const;

 private:
  [[nodiscard]] double loss(const Vector& near, const Vector& far) const;

  Matrix near_;
  Matrix far_;
  Vector weights_;
};

}  // namespace holdfast::objectives
