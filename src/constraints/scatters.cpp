#include "holdfast/constraints/scatters.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

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

/// The sum of w_i w_j over the pairs of different rows of the same label.
double weight_of_similar_pairs(const MatrixView& x, const Labels& labels, const Vector& weights) {
  std::vector<Index> order(static_cast<std::size_t>(x.rows()));
  std::iota(order.begin(), order.end(), Index{0});
  const auto before = [&](Index a, Index b) {
    return std::lexicographical_compare(x.row(a).begin(), x.row(a).end(), x.row(b).begin(), x.row(b).end());
  };
  std::ranges::sort(order, [&](Index a, Index b) {
    return labels.code(a) != labels.code(b) ? labels.code(a) < labels.code(b) : before(a, b);
  });
  double pairs = 0.0;
  double earlier = 0.0;  // the weight of the smaller rows of the class
  double equal = 0.0;    // that of the rows equal to the present one so far
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool new_class = i == 0 || labels.code(order[i - 1]) != labels.code(order[i]);
    if (new_class || before(order[i - 1], order[i])) {
      earlier = new_class ? 0.0 : earlier + equal;
      equal = 0.0;
    }
    pairs += earlier * weights[order[i]];
    equal += weights[order[i]];
  }
  return pairs;
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
  result.similar_pairs = weight_of_similar_pairs(x, labels, weights);
  if (!(result.similar_pairs > 0.0)) {  // each class is one point: A is zero, whatever it is divided by
    result.similar_pairs = 0.5 * (totals.squaredNorm() - weights.squaredNorm());
  }
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
