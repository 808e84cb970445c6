// Probabilities of neighbours from their distances.
#pragma once

#include <limits>

#include "holdfast/core/types.hpp"

namespace holdfast::objectives {

/// Replaces scores, -D2 up to a constant, by probabilities proportional to their exponentials. `own`: a place whose
/// probability is 0, or -1 for none.
inline void soften(Eigen::Ref<RowVector> row, Index own = -1) {
  // Exponents below it count as this: shares far below rounding, where products of smaller ones would leave the normal
  // numbers and take a hundred times as long.
  constexpr double smallest_exponent = -300.0;
  if (own >= 0) row[own] = -std::numeric_limits<double>::infinity();
  row.array() = (row.array() - row.maxCoeff()).max(smallest_exponent).exp();
  if (own >= 0) row[own] = 0.0;
  row /= row.sum();
}

}  // namespace holdfast::objectives
