// The chain rule, written once: objectives over M as functions of what an optimizer varies.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

#include "holdfast/linalg/products.hpp"
#include "holdfast/objectives/objective.hpp"

namespace holdfast::objectives {

/// f as a function of the entries of L (r x d), row by row, with M = L^T L: df/dL = 2 L df/dM. A function for
/// optim::minimize and optim::minimize_stochastic. Keeps a reference to the objective, which must outlive it.
template <MapObjective Objective>
class MapParametrization {
 public:
  MapParametrization(const Objective& objective, Index rows, Index columns)
      : objective_(objective), rows_(rows), columns_(columns) {}
  MapParametrization(const Objective&& objective, Index rows, Index columns) = delete;

  double operator()(const Vector& entries, Vector& gradient) const {
    const Eigen::Map<const Matrix> map(entries.data(), rows_, columns_);
    Matrix in_matrix;
    const double value = objective_.value_and_gradient_at_map(map, in_matrix);
    Eigen::Map<Matrix>(gradient.data(), rows_, columns_) = 2.0 * linalg::product(map, in_matrix);
    return value;
  }

 private:
  const Objective& objective_;
  Index rows_;
  Index columns_;
};

/// L = diag(sqrt(w)) B for a basis B (K x d) and weights w >= 0, so that M = sum_k w_k b_k b_k^T. Rows whose weight is
/// zero are left out; one row of zeros remains if all are.
[[nodiscard]] inline Matrix map_of_weights(const Matrix& basis, const Vector& weights) {
  const Index active = (weights.array() > 0.0).count();
  Matrix map = Matrix::Zero(std::max<Index>(active, 1), basis.cols());
  for (Index k = 0, row = 0; k < weights.size(); ++k) {
    if (weights[k] > 0.0) map.row(row++) = std::sqrt(weights[k]) * basis.row(k);
  }
  return map;
}

/// f(M) + penalty . w over the weights w >= 0 of a basis, M = sum_k w_k b_k b_k^T: a WeightObjective whose gradient is
/// b_k^T (df/dM) b_k + penalty_k. `basis` is K x d, `penalty` has K entries. Keeps references to all three, which must
/// outlive it.
template <MapObjective Objective>
class BasisParametrization {
 public:
  BasisParametrization(const Objective& objective, const Matrix& basis, const Vector& penalty)
      : objective_(objective), basis_(basis), penalty_(penalty) {}
  BasisParametrization(const Objective&&, const Matrix&, const Vector&) = delete;
  BasisParametrization(const Objective&, const Matrix&&, const Vector&) = delete;
  BasisParametrization(const Objective&, const Matrix&, const Vector&&) = delete;

  double value_and_gradient_at_weights(const Vector& weights, Vector& gradient) const {
    Matrix in_matrix;
    const double value = objective_.value_and_gradient_at_map(map_of_weights(basis_, weights), in_matrix);
    gradient = linalg::product(basis_, in_matrix).cwiseProduct(basis_).rowwise().sum() + penalty_;
    return value + penalty_.dot(weights);
  }

 private:
  const Objective& objective_;
  const Matrix& basis_;
  const Vector& penalty_;
};

}  // namespace holdfast::objectives
