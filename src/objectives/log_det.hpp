// The part of an objective that keeps M near the identity.
#pragma once

#include <Eigen/LU>

#include "holdfast/core/types.hpp"

namespace holdfast::objectives {

/// tr(M) - log det M of M = L^T L, from the factors of L; infinity where L is singular.
[[nodiscard]] double trace_minus_log_det(const MatrixView& map, const Eigen::PartialPivLU<Matrix>& factors);

/// Its gradient in M, I - M^-1.
[[nodiscard]] Matrix log_det_gradient(const Eigen::PartialPivLU<Matrix>& factors);

}  // namespace holdfast::objectives
