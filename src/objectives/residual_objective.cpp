#include "holdfast/objectives/residual_objective.hpp"

#include <Eigen/LU>
#include <vector>

#include "holdfast/linalg/products.hpp"
#include "objectives/log_det.hpp"

namespace holdfast::objectives {
namespace {

struct Residuals {
  Vector near;  ///< sqrt(a^T M a)
  Vector far;   ///< sqrt(c^T M c)
};

Residuals residuals_at(const Matrix& near, const Matrix& far, const MatrixView& map) {
  return {linalg::product_with_transpose(near, map).rowwise().norm(),
          linalg::product_with_transpose(far, map).rowwise().norm()};
}

}  // namespace

ResidualObjective::ResidualObjective(Matrix near, Matrix far, Vector weights)
    : near_(std::move(near)), far_(std::move(far)), weights_(std::move(weights)) {}

double ResidualObjective::loss(const Vector& near, const Vector& far) const {
  return weights_.dot((near - far).cwiseMax(0.0).cwiseAbs2());
}

double ResidualObjective::value_at_map(const MatrixView& map) const {
  const Residuals r = residuals_at(near_, far_, map);
  return trace_minus_log_det(map, Eigen::PartialPivLU<Matrix>(map)) + loss(r.near, r.far);
}

double ResidualObjective::value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const {
  const Eigen::PartialPivLU<Matrix> factors(map);
  const Residuals r = residuals_at(near_, far_, map);
  // d/dM of w (p - q)^2 for p = sqrt(a^T M a), q likewise of c: w (1 - q/p) a a^T + w (1 - p/q) c c^T. Rows that hold
  // are left out; so is the second term of a pair of equal rows, whose c is 0.
  std::vector<Index> violated;
  for (Index i = 0; i < r.near.size(); ++i) {
    if (r.near[i] > r.far[i]) violated.push_back(i);
  }
  const auto count = static_cast<Index>(violated.size());
  Matrix rows(2 * count, map.cols());
  Vector weights(2 * count);
  for (Index k = 0; k < count; ++k) {
    const Index i = violated[static_cast<std::size_t>(k)];
    rows.row(k) = near_.row(i);
    rows.row(count + k) = far_.row(i);
    weights[k] = weights_[i] * (1.0 - r.far[i] / r.near[i]);
    weights[count + k] = r.far[i] > 0.0 ? weights_[i] * (1.0 - r.near[i] / r.far[i]) : 0.0;
  }
  gradient = log_det_gradient(factors) + linalg::transpose_product(rows, weights.asDiagonal() * rows);
  return trace_minus_log_det(map, factors) + loss(r.near, r.far);
}

}  // namespace holdfast::objectives
