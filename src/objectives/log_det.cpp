#include "objectives/log_det.hpp"

#include <cmath>
#include <limits>

#include "holdfast/linalg/products.hpp"

namespace holdfast::objectives {

double trace_minus_log_det(const MatrixView& map, const Eigen::PartialPivLU<Matrix>& factors) {
  const double log_det = 2.0 * factors.matrixLU().diagonal().cwiseAbs().array().log().sum();
  return std::isfinite(log_det) ? map.squaredNorm() - log_det : std::numeric_limits<double>::infinity();
}

Matrix log_det_gradient(const Eigen::PartialPivLU<Matrix>& factors) {
  const Matrix inverse = factors.inverse();
  return Matrix::Identity(inverse.rows(), inverse.cols()) - linalg::product_with_transpose(inverse, inverse);
}

}  // namespace holdfast::objectives
