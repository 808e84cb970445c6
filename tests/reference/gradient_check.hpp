// Gradients against central differences.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "holdfast/core/types.hpp"

namespace holdfast::reference {

/// The largest difference between `gradient` (of a function of a symmetric or general matrix, entry by entry) and
/// central differences at `at`, relative to the largest entry of the gradient. Infinity if a value or an entry of the
/// gradient is NaN or infinite, so that no comparison with a tolerance accepts it.
[[nodiscard]] inline double gradient_error(const std::function<double(const Matrix&)>& value, const Matrix& at,
                                           const Matrix& gradient, double step = 1e-6) {
  if (!gradient.allFinite()) return std::numeric_limits<double>::infinity();
  double worst = 0.0;
  for (Index i = 0; i < at.rows(); ++i) {
    for (Index j = 0; j < at.cols(); ++j) {
      Matrix up = at;
      Matrix down = at;
      up(i, j) += step;
      down(i, j) -= step;
      const double error = std::abs((value(up) - value(down)) / (2.0 * step) - gradient(i, j));
      if (!std::isfinite(error)) return std::numeric_limits<double>::infinity();
      if (error > worst) worst = error;
    }
  }
  return worst / std::max(gradient.cwiseAbs().maxCoeff(), 1e-300);
}

}  // namespace holdfast::reference
