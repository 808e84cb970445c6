#include "holdfast/linalg/spd.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "holdfast/linalg/products.hpp"

namespace holdfast::linalg {
namespace {

Matrix symmetrized(const Matrix& a) {
  return 0.5 * (a + a.transpose());
}

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
  // With A = R^T R: A^-1 #_t B = R^-1 (R B R^T)^t R^-T, whose inner matrix needs no inverse of A.
  const Matrix lower = cholesky(a);
  const SymmetricEigen inner = symmetric_eigen(symmetrized(product(transpose_product(lower, b), lower)));
  if (!(inner.values.minCoeff() > 0.0)) throw std::domain_error("the matrix is not positive definite");
  Matrix factor = (inner.vectors * inner.values.array().pow(0.5 * t).matrix().asDiagonal()).transpose();
  // L = diag(s^(t/2)) V^T R^-T, and R^-T = lower^-1.
  lower.triangularView<Eigen::Lower>().solveInPlace<Eigen::OnTheRight>(factor);
  return factor;
}

Matrix cholesky(const MatrixView& a) {
  const Eigen::LLT<Matrix> factors(a);
  if (factors.info() != Eigen::Success) throw std::domain_error("the matrix is not positive definite");
  return factors.matrixL();
}

}  // namespace holdfast::linalg
