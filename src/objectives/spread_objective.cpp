#include "holdfast/objectives/spread_objective.hpp"

#include <cmath>

#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"

namespace holdfast::objectives {

SpreadObjective::SpreadObjective(Matrix similar, Matrix differences)
    : similar_(std::move(similar)), differences_(std::move(differences)) {}

double SpreadObjective::value_at_map(const MatrixView& map) const {
  const double trace = linalg::product(map, similar_).cwiseProduct(map).sum();
  return 0.5 * std::log(trace) - std::log(linalg::product_with_transpose(differences_, map).rowwise().norm().sum());
}

double SpreadObjective::value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const {
  const double trace = linalg::product(map, similar_).cwiseProduct(map).sum();
  const Vector lengths = linalg::product_with_transpose(differences_, map).rowwise().norm();
  const double sum = lengths.sum();
  // d sqrt(v^T M v) / dM = v v^T / (2 sqrt(v^T M v)).
  const Vector weights = lengths.cwiseInverse() / (2.0 * sum);
  gradient = (0.5 / trace) * similar_ - linalg::transpose_product(differences_, weights.asDiagonal() * differences_);
  return 0.5 * std::log(trace) - std::log(sum);
}

double SpreadObjective::gap_at_map(const MatrixView& map, const MatrixView& root) const {
  Matrix gradient;
  value_and_gradient_at_map(map, gradient);
  const double trace = linalg::product(map, similar_).cwiseProduct(map).sum();
  // The gradient of log g at tr(M A) = 1 is that of F without its first term, times tr(M A); tr(G M) = g / 2.
  const Matrix slope = 0.5 * similar_ - trace * gradient;
  const Matrix turned = linalg::transpose_product(root, linalg::product(slope, root));
  return linalg::symmetric_eigen(turned).values.maxCoeff() - 0.5;
}

}  // namespace holdfast::objectives
