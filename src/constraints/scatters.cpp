#include "holdfast/constraints/scatters.hpp"

#include <cmath>

#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/linalg/products.hpp"

namespace holdfast::constraints {
namespace {

Matrix mean_scatter(const MatrixView& x, const std::vector<linalg::RowPair>& pairs) {
  std::vector<std::int32_t> edge_of;
  const linalg::PairGraph graph(x.rows(), pairs, edge_of);
  Vector weights = Vector::Zero(graph.edges());
  for (const std::int32_t edge : edge_of) weights[edge] += 1.0 / static_cast<double>(pairs.size());
  return linalg::transpose_product(x, graph.laplacian_product(weights, x));
}

Vector weights_of(Index rows, const Labels& labels) {
  if (labels.weights.empty()) return Vector::Ones(rows);
  return Eigen::Map<const Vector>(labels.weights.data(), rows);
}

}  // namespace

Scatters scatters_from_labels(const MatrixView& x, const Labels& labels) {
  require_separable(x, labels);
  const Vector weights = weights_of(x.rows(), labels);
  Matrix means = Matrix::Zero(labels.classes(), x.cols());
  Vector totals = Vector::Zero(labels.classes());  // the weight of each class: its number of rows without weights
  for (Index row = 0; row < x.rows(); ++row) {
    means.row(labels.code(row)) += weights[row] * x.row(row);
    totals[labels.code(row)] += weights[row];
  }
  for (Index code = 0; code < labels.classes(); ++code) {
    if (totals[code] > 0.0) means.row(code) /= totals[code];
  }
  const double n = totals.sum();
  Scatters result{Matrix::Zero(x.cols(), x.cols()), Matrix::Zero(x.cols(), x.cols())};
  result.similar_pairs = 0.5 * (totals.squaredNorm() - weights.squaredNorm());
  result.dissimilar_pairs = 0.5 * (n * n - totals.squaredNorm());
  if (!(result.similar_pairs > 0.0) || !(result.dissimilar_pairs > 0.0)) {
    throw InputError(Fault{.field = "weights",
                           .rule = "leave no pair of rows of one class, or none of different classes, above weight 0"});
  }
  // Rows about their class means, weighted so that one product gives each sum over classes.
  Matrix within = x;
  Vector same(x.rows());
  Vector other(x.rows());
  for (Index row = 0; row < x.rows(); ++row) {
    const int code = labels.code(row);
    within.row(row) -= means.row(code);
    same[row] = weights[row] * totals[code] / result.similar_pairs;
    other[row] = weights[row] * (n - totals[code]) / result.dissimilar_pairs;
  }
  result.similar = linalg::transpose_product(within, same.asDiagonal() * within);
  const RowVector mean = weights.transpose() * x / n;
  Matrix between = means.rowwise() - mean;
  for (Index code = 0; code < labels.classes(); ++code) {
    between.row(code) *= std::sqrt(n * totals[code] / result.dissimilar_pairs);
  }
  result.dissimilar =
      linalg::transpose_product(within, other.asDiagonal() * within) + linalg::transpose_product(between, between);
  return result;
}

Scatters scatters_from_pairs(const MatrixView& x, const PairSet& pairs) {
  require_usable(pairs, x.rows());
  return {mean_scatter(x, pairs.similar), mean_scatter(x, pairs.dissimilar), static_cast<double>(pairs.similar.size()),
          static_cast<double>(pairs.dissimilar.size())};
}

}  // namespace holdfast::constraints
