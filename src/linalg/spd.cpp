#include "holdfast/linalg/spd.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "holdfast/linalg/products.hpp"

namespace holdfast::linalg {
namespace {

Matrix symmetrized(const Matrix& a) { return 0.5 * (a + a.transpose()); }

}  // namespace

Matrix with_spectrum(const SymmetricEigen& eigen, const Vector& values) {
  return symmetrized(product_with_transpose(eigen.vectors * values.asDiagonal(), eigen.vectors));
}

Matrix divided_differences(const Vector& t, const std::function<double(double)>& f,
                           const std::function<double(double)>& derivative) {
  // The quotient loses digits like eps / distance, the derivative at the midpoint is off by distance^2 / 24.
  constexpr double close = 1e-5;
  const Index d = t.size();
  Vector values(d);
  std::transform(t.begin(), t.end(), values.begin(), f);
  Matrix differences(d, d);
  for (Index i = 0; i < d; ++i) {
    for (Index j = 0; j <= i; ++j) {
      const double distance = t[i] - t[j];
      const bool quotient = std::abs(distance) > close * std::max(std::abs(t[i]), std::abs(t[j]));
      differences(i, j) = differences(j, i) =
          quotient ? (values[i] - values[j]) / distance : derivative(0.5 * (t[i] + t[j]));
    }
  }
  return differences;
}

Matrix spectral_derivative(const SymmetricEigen& eigen, const Matrix& differences, const MatrixView& d) {
  const Matrix& u = eigen.vectors;
  const Matrix turned = transpose_product(u, product(d, u)).cwiseProduct(differences);
  return symmetrized(product_with_transpose(product(u, turned), u));
}

Matrix geometric_mean_factor(const MatrixView& a, const MatrixView& b, double t) {
  // Both at a mean eigenvalue of 1, so that their product neither over- nor underflows.
  const auto d = static_cast<double>(a.rows());
  const double a_size = a.trace() / d;
  const double b_size = b.trace() / d;
  if (!(a_size > 0.0 && b_size > 0.0)) throw std::domain_error("the matrix is not positive definite");
  // With A = C C^T: A^-1 #_t B = C^-T (C^T B C)^t C^-1, whose inner matrix needs no inverse of A.
  const Matrix lower = cholesky(a / a_size);
  const SymmetricEigen inner = symmetric_eigen(symmetrized(product(transpose_product(lower, b / b_size), lower)));
  if (!(inner.values.minCoeff() > 0.0)) throw std::domain_error("the matrix is not positive definite");
  Matrix factor = (inner.vectors * inner.values.array().pow(0.5 * t).matrix().asDiagonal()).transpose();
  lower.triangularView<Eigen::Lower>().solveInPlace<Eigen::OnTheRight>(factor);
  return factor * (std::pow(b_size, 0.5 * t) / std::pow(a_size, 0.5 * (1.0 - t)));
}

Matrix pseudo_inverse(const MatrixView& b) {
  const SymmetricEigen eigen = symmetric_eigen(product_with_transpose(b, b));
  const double least = 1e-12 * eigen.values.maxCoeff();
  const Vector inverse = (eigen.values.array() > least).select(eigen.values.cwiseInverse(), 0.0);
  return transpose_product(b, with_spectrum(eigen, inverse));
}

Matrix cholesky(const MatrixView& a) {
  const Eigen::LLT<Matrix> factors(a);
  if (factors.info() != Eigen::Success) throw std::domain_error("the matrix is not positive definite");
  return factors.matrixL();
}

}  // namespace holdfast::linalg
