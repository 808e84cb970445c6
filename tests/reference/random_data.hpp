// Random matrices for tests.
#pragma once

#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::reference {

inline Matrix random_normal(Index rows, Index columns, std::uint64_t seed) {
  Random random(seed);
  Matrix x(rows, columns);
  for (double& value : x.reshaped<Eigen::RowMajor>()) value = random.normal();
  return x;
}

/// Symmetric and positive definite.
inline Matrix random_spd(Index d, std::uint64_t seed) {
  const Matrix root = random_normal(d, d, seed);
  return root.transpose() * root + Matrix::Identity(d, d);
}

/// Small integers: distances are exact, and ties are many.
inline Matrix random_integers(Index rows, Index columns, Index range, std::uint64_t seed) {
  Random random(seed);
  Matrix x(rows, columns);
  for (double& value : x.reshaped<Eigen::RowMajor>()) value = static_cast<double>(random.below(range));
  return x;
}

}  // namespace holdfast::reference
