// The perturbation of a mapped difference that brings its length to a given level.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast::certify {

/// A perturbation u and a proof from below: every perturbation that reaches the level is at least `lower` long.
struct LevelPoint {
  Vector u;            ///< d entries; its image has the level's length up to rounding
  double lower = 0.0;  ///< rounded down; infinite if no perturbation reaches the level
};

/// The least |u|_2 for which |g + B u|_2 reaches a level t, for one map B (r x d) and many differences g in its range.
/// With B B^T = P diag(m) P^T and a = P^T g, the residual h = g + B u has P^T h = a / (1 + lambda m), and
/// u = -lambda B^T h. lambda >= 0 shortens and -1/m_max < lambda <= 0 lengthens; it is the root of the secular equation
/// |h|^2 = t^2, by Newton's method on 1/|h|, which is concave in lambda: from the side of -infinity the steps rise to
/// the root and never pass it.
///
/// `lower` is proved by weak duality from u and h alone, so that neither the decomposition nor the root need be right,
/// and rounding errors are subtracted. With any p, |g + B u| <= t needs |u| >= (p . g - t |p|) / |B^T p|, here p = h.
/// With mu < 1/m_max the Lagrangian |v|^2 + mu (t^2 - |g + B v|^2) is convex in v, so that |g + B v| >= t needs
/// |v|^2 >= |u|^2 + mu (t^2 - |w|^2) - |u - mu B^T w|^2 / (1 - mu m_max), here with w = g + B u.
///
/// Entries of B, g and t are of a size whose squares are in the range of float64.
class LevelSet {
 public:
  explicit LevelSet(Matrix map);

  /// The shortest u with |g + B u| <= level, for |g| > level. `error`: a bound on the error of |g|.
  [[nodiscard]] LevelPoint shorten(const Vector& g, double level, double error) const;
  /// The shortest u with |g + B u| >= level, for |g| <= level.
  [[nodiscard]] LevelPoint lengthen(const Vector& g, double level, double error) const;

 private:
  /// A residual in the basis of P, and its lambda as 1 + lambda m_max.
  struct Residual {
    Vector h;
    double tau = 0.0;
  };
  [[nodiscard]] Residual longer_residual(const Vector& a, double level) const;
  [[nodiscard]] double lower_of_longer(const Vector& g, const Vector& a, double tau, double level) const;

  Matrix map_;
  Matrix basis_;        ///< P, r x q: directions in which B is not zero
  Vector eigenvalues_;  ///< m, q entries, ascending
  Vector gaps_;         ///< (m_max - m) / m_max
  double gamma_;        ///< rounding of a product with B, relative
  double peak_error_;   ///< of m_max, relative
};

}  // namespace holdfast::certify
