#include "holdfast/objectives/aml_objective.hpp"

#include <limits>

#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/spd.hpp"

namespace holdfast::objectives {

AmlObjective::AmlObjective(Matrix similar, Matrix dissimilar, double alpha, double beta)
    : similar_(std::move(similar)),
      dissimilar_(std::move(dissimilar)),
      alpha_(alpha),
      confusion_{beta},
      dissimilar_weight_(1.0 + alpha * confusion_.dissimilar_share() * confusion_.dissimilar_share()) {}

double AmlObjective::value_at_matrix(const MatrixView& m) const {
  Matrix unused;
  return value_and_gradient_at_matrix(m, unused);
}

double AmlObjective::value_and_gradient_at_matrix(const MatrixView& m, Matrix& gradient) const {
  const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(m);
  gradient.resize(dimension(), dimension());
  if (!(eigen.values.minCoeff() > 0.0)) {
    gradient.setZero();
    return std::numeric_limits<double>::infinity();
  }
  const auto h = [&](double t) { return confusion_.value(t); };
  const Vector confused = eigen.values.unaryExpr(h);
  const Matrix turned = linalg::transpose_product(eigen.vectors, linalg::product(similar_, eigen.vectors));
  const Matrix inverse = linalg::with_spectrum(eigen, eigen.values.cwiseInverse());
  const Matrix inverse_b = linalg::product(inverse, dissimilar_);
  const Matrix differences =
      linalg::divided_differences(eigen.values, h, [&](double t) { return confusion_.slope(t); });
  gradient = similar_ - dissimilar_weight_ * linalg::product(inverse_b, inverse) +
             alpha_ * linalg::spectral_derivative(eigen, differences, similar_);
  return (eigen.values + alpha_ * confused).dot(turned.diagonal()) + dissimilar_weight_ * inverse_b.trace();
}

}  // namespace holdfast::objectives
