// Bounds on the distances of pairs, with the LogDet divergence from the identity.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast::objectives {

/// The LogDet divergence of positive numbers, x / y - log(x / y) - 1.
[[nodiscard]] double divergence(double x, double y);

/// F(M) = tr(M) - log det M - d + gamma sum_i D(p_i, b_i) over the pairs that violate their bound: p_i = v_i^T M v_i
/// for the differences v_i, p_i > b_i of similar and p_i < b_i of dissimilar pairs, D the divergence of numbers. This
/// is the minimum over the slacks of Davis et al. (ICML 2007, eq. 3.3) in closed form: the best slack is p_i or b_i.
/// Convex, with a continuous gradient. A MapObjective over square maps; infinity where M is singular or a dissimilar
/// pair is at distance 0. An evaluation costs O(pairs d^2 + d^3).
class BoundObjective {
 public:
  /// Differences, pairs x d each; `near` bounds squared distances of similar pairs from above, `far` those of
  /// dissimilar ones from below.
  BoundObjective(const MatrixView& similar, const MatrixView& dissimilar, double near, double far, double gamma);

  [[nodiscard]] double value_at_map(const MatrixView& map) const;
  double value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const;

 private:
  [[nodiscard]] bool violates(Index pair, double length) const;
  [[nodiscard]] double loss(const Vector& lengths) const;
  [[nodiscard]] double bound(Index pair) const { return pair < similar_ ? near_ : far_; }

  Matrix differences_;  // similar pairs first
  Index similar_;
  double near_;
  double far_;
  double gamma_;
};

}  // namespace holdfast::objectives
