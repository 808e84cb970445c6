#include "holdfast/constraints/scatters.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

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

/// A row of a class, with a hash of its values: a sort by hashes compares the values of equal rows alone.
struct HashedRow {
  std::int32_t code;
  std::uint64_t hash;
  Index row;
};

std::vector<HashedRow> hashed_rows(const MatrixView& x, const Labels& labels) {
  std::vector<HashedRow> rows;
  rows.reserve(static_cast<std::size_t>(x.rows()));
  for (Index row = 0; row < x.rows(); ++row) {
    std::uint64_t hash = 0;
    for (Index k = 0; k < x.cols(); ++k) {
      const auto bits = std::bit_cast<std::uint64_t>(x(row, k) + 0.0);  // -0 is 0
      hash = (hash ^ bits) * 0x9e3779b97f4a7c15U;
      hash ^= hash >> 32U;
    }
    rows.push_back({labels.code(row), hash, row});
  }
  return rows;
}

/// The sum of w_i w_j over the pairs of different rows of the same label.
double weight_of_similar_pairs(const MatrixView& x, const Labels& labels, const Vector& weights) {
  std::vector<HashedRow> rows = hashed_rows(x, labels);
  const auto before = [&](const HashedRow& a, const HashedRow& b) {
    if (a.hash != b.hash) return a.hash < b.hash;
    return std::lexicographical_compare(x.row(a.row).begin(), x.row(a.row).end(), x.row(b.row).begin(),
                                        x.row(b.row).end());
  };
  std::ranges::sort(
      rows, [&](const HashedRow& a, const HashedRow& b) { return a.code != b.code ? a.code < b.code : before(a, b); });
  double pairs = 0.0;
  double earlier = 0.0;  // the weight of the rows of the class before those that equal the present one
  double equal = 0.0;    // that of the rows equal to the present one so far
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool new_class = i == 0 || rows[i - 1].code != rows[i].code;
    if (new_class || before(rows[i - 1], rows[i])) {
      earlier = new_class ? 0.0 : earlier + equal;
      equal = 0.0;
    }
    pairs += earlier * weights[rows[i].row];
    equal += weights[rows[i].row];
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
