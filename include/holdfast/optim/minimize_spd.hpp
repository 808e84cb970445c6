// Minimisation over symmetric positive definite matrices.
#pragma once

#include <functional>
#include <string_view>

#include "holdfast/core/observer.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/optim/minimize.hpp"

namespace holdfast::optim {

/// Returns the value at M and overwrites `gradient`, dF/dM (symmetric); otherwise as Evaluator.
using MatrixEvaluator = std::function<double(const Matrix& m, Matrix& gradient)>;

struct SpdMinimum {
  Matrix factor;  ///< C with C C^T = M, the best point seen
  Minimum minimum;
};

/// Quasi-Newton descent on the manifold of positive definite matrices with the affine-invariant metric: L-BFGS in the
/// exponential chart M = C exp(S) C^T about the start C C^T, over symmetric S. Every S is a point of the manifold, and
/// lines through S = 0 are its geodesics. C must be such that `curvature` approximates the second derivative in each
/// entry of S, d x d, positive: the coordinates are scaled by it, which takes the condition of the problem out.
///
/// Values that are not finite have the meaning that they have for `minimize`.
[[nodiscard]] SpdMinimum minimize_spd(const MatrixEvaluator& function, const Matrix& start_factor,
                                      const Matrix& curvature, const MinimizeOptions& options, const Observer& observer,
                                      std::string_view stage);

}  // namespace holdfast::optim
