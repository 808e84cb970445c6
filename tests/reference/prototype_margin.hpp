// Certified margins under prototypes by their definition, over all pairs.
#pragma once

#include <algorithm>
#include <limits>
#include <span>

#include "holdfast/core/types.hpp"

namespace holdfast::reference {

/// max over own i of min over other j of (|x - w_j|^2 - |x - w_i|^2) / (2 |w_i - w_j|), 0 for a pair of equal ones.
[[nodiscard]] inline double prototype_margin(const RowVector& x, int code, const Matrix& prototypes,
                                             std::span<const int> codes) {
  double best = -std::numeric_limits<double>::infinity();
  for (Index i = 0; i < prototypes.rows(); ++i) {
    if (codes[static_cast<std::size_t>(i)] != code) continue;
    double least = std::numeric_limits<double>::infinity();
    for (Index j = 0; j < prototypes.rows(); ++j) {
      if (codes[static_cast<std::size_t>(j)] == code) continue;
      const double apart = (prototypes.row(i) - prototypes.row(j)).norm();
      const double gap = (x - prototypes.row(j)).squaredNorm() - (x - prototypes.row(i)).squaredNorm();
      least = std::min(least, apart > 0.0 ? gap / (2.0 * apart) : 0.0);
    }
    best = std::max(best, least);
  }
  return best;
}

}  // namespace holdfast::reference
