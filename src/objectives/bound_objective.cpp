#include "holdfast/objectives/bound_objective.hpp"

#include <Eigen/LU>
#include <cmath>
#include <vector>

#include "holdfast/linalg/products.hpp"
#include "objectives/log_det.hpp"

namespace holdfast::objectives {

double divergence(double x, double y) {
  const double ratio = x / y;
  return ratio - std::log(ratio) - 1.0;
}

BoundObjective::BoundObjective(const MatrixView& similar, const MatrixView& dissimilar, double near, double far,
                               double gamma)
    : differences_(similar.rows() + dissimilar.rows(), similar.cols()),
      similar_(similar.rows()),
      near_(near),
      far_(far),
      gamma_(gamma) {
  differences_ << similar, dissimilar;
}

bool BoundObjective::violates(Index pair, double length) const {
  return pair < similar_ ? length > near_ : length < far_;
}

double BoundObjective::loss(const Vector& lengths) const {
  double sum = 0.0;
  for (Index i = 0; i < lengths.size(); ++i) {
    if (violates(i, lengths[i])) sum += divergence(lengths[i], bound(i));
  }
  return gamma_ * sum;
}

double BoundObjective::value_at_map(const MatrixView& map) const {
  const Vector lengths = linalg::product_with_transpose(differences_, map).rowwise().squaredNorm();
  return trace_minus_log_det(map, Eigen::PartialPivLU<Matrix>(map)) - static_cast<double>(map.cols()) + loss(lengths);
}

double BoundObjective::value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const {
  const Eigen::PartialPivLU<Matrix> factors(map);
  const Vector lengths = linalg::product_with_transpose(differences_, map).rowwise().squaredNorm();
  std::vector<Index> violated;
  for (Index i = 0; i < lengths.size(); ++i) {
    if (violates(i, lengths[i])) violated.push_back(i);
  }
  Matrix rows(static_cast<Index>(violated.size()), map.cols());
  Vector weights(rows.rows());
  for (Index k = 0; k < rows.rows(); ++k) {
    const Index i = violated[static_cast<std::size_t>(k)];
    rows.row(k) = differences_.row(i);
    weights[k] = gamma_ * (1.0 / bound(i) - 1.0 / lengths[i]);
  }
  gradient = log_det_gradient(factors) + linalg::transpose_product(rows, weights.asDiagonal() * rows);
  return trace_minus_log_det(map, factors) - static_cast<double>(map.cols()) + loss(lengths);
}

}  // namespace holdfast::objectives
