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

double mean_loss(const Residuals& r) {
  return (r.near - r.far).cwiseMax(0.0).squaredNorm() / static_cast<double>(r.near.size());
}

}  // namespace

ResidualObjective::ResidualObjective(Matrix near, Matrix far) : near_(std::move(near)), far_(std::move(far)) {}

double ResidualObjective::value_at_map(const MatrixView& map) const {
  return trace_minus_log_det(map, Eigen::PartialPivLU<Matrix>(map)) + mean_loss(residuals_at(near_, far_, map));
}

double ResidualObjective::value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const {
  const Eigen::PartialPivLU<Matrix> factors(map);
  const Residuals r = residuals_at(near_, far_, map);
  // d/dM of (p - q)^2 for p = sqrt(a^T M a), q likewise of c: (1 - q/p) a a^T + (1 - p/q) c c^T. Rows that hold are
  // left out; so is the second term of a pair of equal rows, whose c is 0.
  std::vector<Index> violated;
  for (Index i = 0; i < r.near.size(); ++i) {
    if (r.near[i] > r.far[i]) violated.push_back(i);
  }
  const auto count = static_cast<Index>(violated.size());
  const auto m = static_cast<double>(r.near.size());
  Matrix rows(2 * count, map.cols());
  Vector weights(2 * count);
  for (Index k = 0; k < count; ++k) {
    const Index i = violated[static_cast<std::size_t>(k)];
    rows.row(k) = near_.row(i);
    rows.row(count + k) = far_.row(i);
    weights[k] = (1.0 - r.far[i] / r.near[i]) / m;
    weights[count + k] = r.far[i] > 0.0 ? (1.0 - r.near[i] / r.far[i]) / m : 0.0;
  }
  gradient = log_det_gradient(factors) + linalg::transpose_product(rows, weights.asDiagonal() * rows);
  return trace_minus_log_det(map, factors) + mean_loss(r);
}

}  // namespace holdfast::objectives
