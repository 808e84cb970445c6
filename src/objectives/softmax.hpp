// Probabilities of neighbours from their distances.
#pragma once

#include <limits>

#include "holdfast/core/types.hpp"
#include "holdfast/linalg/softmax_kernels.hpp"

namespace holdfast::objectives {

/// Replaces scores, -D2 up to a constant, by probabilities proportional to their exponentials. `own`: a place whose
/// probability is 0, or -1 for none.
inline void soften(Eigen::Ref<RowVector> row, Index own = -1) {
  static const linalg::Softmax softmax = linalg::softmax();
  if (own >= 0) row[own] = -std::numeric_limits<double>::infinity();
  softmax(row.data(), row.size());
  if (own >= 0) row[own] = 0.0;
}

}  // namespace holdfast::objectives
