#include "holdfast/constraints/scatters.hpp"

#include <cmath>

#include "holdfast/constraints/supervision.hpp"
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

}  // namespace

Scatters scatters_from_labels(const MatrixView& x, const Labels& labels) {
  require_separable(x, labels);
  const std::vector<Index> counts = class_counts(labels);
  const auto n = static_cast<double>(x.rows());
  Matrix means = Matrix::Zero(labels.classes(), x.cols());
  for (Index row = 0; row < x.rows(); ++row) means.row(labels.code(row)) += x.row(row);
  Scatters result{Matrix::Zero(x.cols(), x.cols()), Matrix::Zero(x.cols(), x.cols())};
  double similar_twice = 0.0;
  for (Index code = 0; code < labels.classes(); ++code) {
    const auto rows = static_cast<double>(counts[static_cast<std::size_t>(code)]);
    if (rows > 0.0) means.row(code) /= rows;
    similar_twice += rows * (rows - 1.0);
  }
  result.similar_pairs = 0.5 * similar_twice;
  result.dissimilar_pairs = 0.5 * (n * (n - 1.0) - similar_twice);
  // Rows about their class means, weighted so that one product gives each sum over classes.
  Matrix within = x;
  Vector same(x.rows());
  Vector other(x.rows());
  for (Index row = 0; row < x.rows(); ++row) {
    const int code = labels.code(row);
    const auto rows = static_cast<double>(counts[static_cast<std::size_t>(code)]);
    within.row(row) -= means.row(code);
    same[row] = rows / result.similar_pairs;
    other[row] = (n - rows) / result.dissimilar_pairs;
  }
  result.similar = linalg::transpose_product(within, same.asDiagonal() * within);
  const RowVector mean = x.colwise().mean();
  Matrix between = means.rowwise() - mean;
  for (Index code = 0; code < labels.classes(); ++code) {
    const auto rows = static_cast<double>(counts[static_cast<std::size_t>(code)]);
    between.row(code) *= std::sqrt(n * rows / result.dissimilar_pairs);
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
