#include "holdfast/metric/metric.hpp"

#include <cmath>
#include <stdexcept>

#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"

namespace holdfast::metric {

Metric Metric::euclidean(Index dimension) { return Metric(Matrix::Identity(dimension, dimension)); }

Metric Metric::from_map(Matrix map) {
  if (map.size() == 0) throw std::invalid_argument("the map L of a metric must have at least one row and one column");
  if (!map.allFinite()) throw std::invalid_argument("the map L of a metric must be finite");
  return Metric(std::move(map));
}

Metric Metric::from_matrix(const MatrixView& matrix) {
  if (matrix.rows() != matrix.cols() || matrix.rows() == 0) {
    throw std::invalid_argument("the matrix M of a metric must be square");
  }
  if (!matrix.allFinite()) throw std::invalid_argument("the matrix M of a metric must be finite");
  constexpr double tolerance = 1e-9;
  const double largest = matrix.cwiseAbs().maxCoeff();
  if ((matrix - matrix.transpose()).cwiseAbs().maxCoeff() > tolerance * largest) {
    throw std::invalid_argument("the matrix M of a metric must be symmetric");
  }
  const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(matrix);
  if (eigen.values[0] < -tolerance * largest) {
    throw std::invalid_argument("the matrix M of a metric must be positive semidefinite");
  }
  return Metric(linalg::psd_factor(matrix));
}

Matrix Metric::matrix() const { return linalg::transpose_product(map_, map_); }

Matrix Metric::transform(const MatrixView& x) const { return linalg::row_products_with_transpose(x, map_); }

double Metric::squared_distance(const RowView& a, const RowView& b) const {
  return (map_ * (a - b).transpose()).squaredNorm();
}

double Metric::distance(const RowView& a, const RowView& b) const { return std::sqrt(squared_distance(a, b)); }

bool Metric::operator==(const Metric& other) const {
  return map_.rows() == other.map_.rows() && map_.cols() == other.map_.cols() && map_ == other.map_;
}

}  // namespace holdfast::metric
