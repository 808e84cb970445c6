#include "holdfast/linalg/symmetric_eigen.hpp"

#include <lapacke.h>

#include <cmath>
#include <stdexcept>

namespace holdfast::linalg {

SymmetricEigen symmetric_eigen(const MatrixView& a) {
  const auto d = static_cast<lapack_int>(a.rows());
  SymmetricEigen result{Vector(d), a};
  if (d == 0) return result;
  // LAPACK is column-major and overwrites its input. Our row-major upper triangle is its lower one, and its columns of
  // eigenvectors are our rows, hence the transposition at the end.
  const lapack_int status =
      LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'L', d, result.vectors.data(), d, result.values.data());
  if (status != 0) throw std::runtime_error("the symmetric eigendecomposition did not converge");
  result.vectors.transposeInPlace();
  return result;
}

Matrix psd_factor(const MatrixView& a, double cut) {
  const SymmetricEigen eigen = symmetric_eigen(a);
  const Index d = a.rows();
  const double floor = d > 0 ? std::max(0.0, cut * eigen.values[d - 1]) : 0.0;
  Index rank = 0;
  while (rank < d && eigen.values[d - 1 - rank] > floor) ++rank;
  Matrix factor = Matrix::Zero(std::max<Index>(rank, 1), d);
  for (Index row = 0; row < rank; ++row) {
    factor.row(row) = std::sqrt(eigen.values[d - 1 - row]) * eigen.vectors.col(d - 1 - row).transpose();
  }
  return factor;
}

}  // namespace holdfast::linalg
