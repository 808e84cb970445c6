// The objective of adversarial metric learning with the adversary's best answer put in.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast::objectives {

/// How the eigenvalues of M act on an adversarial similar pair: p - p' = r(M) (x - x') with
///     r(t) = beta t^2 / (2 + beta t^2),      h(t) = t r(t)^2,
/// so that the distance of the confused pair is xh^T h(M) xh (Chen et al., arXiv 1802.03170, confusion stage).
struct Confusion {
  double beta;

  [[nodiscard]] double shrinkage(double t) const { return beta * t * t / (2.0 + beta * t * t); }  ///< r(t)
  [[nodiscard]] double value(double t) const { return t * shrinkage(t) * shrinkage(t); }          ///< h(t)
  [[nodiscard]] double slope(double t) const {                                                    ///< h'(t)
    const double r = shrinkage(t);
    const double below = 2.0 + beta * t * t;
    return r * r + 8.0 * beta * t * t * r / (below * below);
  }
  /// c: an adversarial dissimilar pair is (x, x') drawn together to this share, p - p' = c (x - x').
  [[nodiscard]] double dissimilar_share() const { return beta / (2.0 + beta); }
};

/// F(M) = tr(M A) + (1 + alpha c^2) tr(M^-1 B) + alpha tr(A h(M)) over symmetric positive definite M: the loss of the
/// given pairs plus alpha times that of the pairs that an adversary makes of them. A and B are the scatters of similar
/// and dissimilar pairs, so that nothing here depends on their number.
class AmlObjective {
 public:
  AmlObjective(Matrix similar, Matrix dissimilar, double alpha, double beta);

  [[nodiscard]] Index dimension() const { return similar_.rows(); }
  [[nodiscard]] const Matrix& similar() const { return similar_; }        ///< A
  [[nodiscard]] const Matrix& dissimilar() const { return dissimilar_; }  ///< B

  /// F at M; infinity where M is not positive definite.
  [[nodiscard]] double value_at_matrix(const MatrixView& m) const;
  /// F, and dF/dM (symmetric) into `gradient`: a MatrixObjective. One eigendecomposition and a few d x d products.
  double value_and_gradient_at_matrix(const MatrixView& m, Matrix& gradient) const;

 private:
  Matrix similar_;
  Matrix dissimilar_;
  double alpha_;
  Confusion confusion_;
  double dissimilar_weight_;  ///< 1 + alpha c^2
};

}  // namespace holdfast::objectives
