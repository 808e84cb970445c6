// The closed form of the radius of a pair, for the checker.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast::certify {

/// What is known of the least perturbation that brings a pair to the threshold.
struct PairInterval {
  double least = 0.0;  ///< none is shorter
  double most = 0.0;   ///< one of this length does; infinite if the closed form gives none that does
};

/// The least |delta|_A at which |g + B delta|_2 reaches t, for one map B and many g in its range (see check_pairs).
/// The largest entries of B and A are of order 1, and so are g or t.
class ClosedFormPair {
 public:
  /// `map`: B, r x d; `inverse`: A^-1, d x d. Throws std::runtime_error if its singular
  /// values do not converge.
  ClosedFormPair(Matrix map, const Matrix& inverse);

  /// Down to |g + B delta| <= t, for |g| > t. `rounding`: how far beyond t the end of the perturbation may be.
  [[nodiscard]] PairInterval shortened(const Vector& g, double t, double rounding) const;
  /// Up to |g + B delta| >= t, for |g| <= t.
  [[nodiscard]] PairInterval lengthened(const Vector& g, double t, double rounding) const;

 private:
  [[nodiscard]] double length_of(const Vector& p) const;
  [[nodiscard]] Vector end_of(const Vector& g, const Vector& p) const;

  Matrix map_;          ///< B, r x d
  Matrix conjugate_;    ///< A^-1 B^T, d x r
  Matrix basis_;        ///< eigenvectors of N, r x q: the directions in which B is not zero
  Vector eigenvalues_;  ///< q entries above 0, falling
};

}  // namespace holdfast::certify
