#include "holdfast/geometry/dual_rows.hpp"

#include <Eigen/QR>
#include <cmath>
#include <limits>

#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/row_distance.hpp"

namespace holdfast::geometry {

namespace {

/// The rows of the entries that are not 0, if no column has more than one of them; else none.
std::vector<Index> single_entries(const Matrix& map) {
  std::vector<Index> rows;
  for (Index column = 0; column < map.cols(); ++column) {
    const std::size_t before = rows.size();
    for (Index row = 0; row < map.rows(); ++row) {
      if (map(row, column) != 0.0) rows.push_back(row);
    }
    if (rows.size() > before + 1) return {};
  }
  return rows;
}

}  // namespace

DualRows::DualRows(const PerturbedClassifier& classifier, Norm norm, bool full_space)
    : classifier_(classifier), norm_(norm) {
  const Matrix& map = classifier_.map();
  if (norm == Norm::l2 && !full_space && map.rows() < map.cols()) {
    const Eigen::HouseholderQR<Matrix> factors(map.transpose());
    basis_ = factors.householderQ() * Matrix::Identity(map.cols(), map.rows());
    map_ = linalg::product(map, basis_);
  }
  shared_ = map.rows() == map.cols() && map.isIdentity(0.0);
  seen_ = single_entries(map);
  if (!shared_) rows_ = linalg::row_products(classifier_.mapped(), this->map());
  // Each row is a product over r terms, under a map that is itself rounded.
  relative_error_ = static_cast<double>(2 * map.rows() + 2 * map.cols() + 8) * std::numeric_limits<double>::epsilon();
  absolute_error_ = shared_ ? 0.0 : relative_error_ * classifier_.longest_row() * classifier_.dual_operator_norm(norm);
}

double DualRows::distance(Index i, Index l) const {
  const Index d = dimension();
  const double* const a = rows().row(i).data();
  const double* const b = rows().row(l).data();
  const double distance = norm_ == Norm::l1     ? linalg::linf_distance(a, b, d)
                          : norm_ == Norm::linf ? linalg::l1_distance(a, b, d)
                                                : linalg::euclidean_distance(a, b, d);
  if (distance == 0.0 && !seen_.empty()) {
    const Matrix& mapped = classifier_.mapped();
    if (mapped(i, seen_) == mapped(l, seen_)) return 0.0;
  }
  return distance * (1.0 + relative_error_) + absolute_error_;
}

Vector DualRows::lifted(const Vector& coordinates) const {
  return basis_.size() > 0 ? Vector(basis_ * coordinates) : coordinates;
}

Vector DualRows::mapped(const Vector& coordinates) const { return shared_ ? coordinates : Vector(map() * coordinates); }

}  // namespace holdfast::geometry
