// What a certificate's search asks of one query: which reference rows are near it, of its class and of others.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "holdfast/certify/perturbed_classifier.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/row_distance.hpp"

namespace holdfast::certify {

/// A reference row and its squared distance to the query.
struct At {
  double squared_distance;
  Index row;
  bool operator<(const At& other) const {
    return squared_distance < other.squared_distance || (squared_distance == other.squared_distance && row < other.row);
  }
};

/// D2(z, x_l) - D2(z, x_i) from the two squared distances, rounded down: off comes the error of both, of a sum over r
/// terms, and of mapped rows that carry the rounding of a product over d terms, hence `scale`, the length of such a
/// row.
[[nodiscard]] inline double gap_rounded_down(const PerturbedClassifier& classifier, double squared_to_l,
                                             double squared_to_i, double scale) {
  const double gamma = static_cast<double>(classifier.map().rows() + classifier.map().cols() + 8) *
                       std::numeric_limits<double>::epsilon();
  const double roots = std::sqrt(squared_to_i) + std::sqrt(squared_to_l);
  return squared_to_l - squared_to_i - gamma * (squared_to_l + squared_to_i + 4.0 * scale * roots);
}

/// The reference rows around a query. A matrix product gives all squared distances, each right to `error()`; they
/// choose and order. A bound or a radius is computed from `distance_to`, from differences, of the few rows that it
/// needs.
class QueryRows {
 public:
  /// `squared_lengths`: of the reference rows.
  QueryRows(const PerturbedClassifier& classifier, const Vector& squared_lengths)
      : classifier_(classifier), squared_lengths_(squared_lengths) {}

  /// Takes a query of r entries with its products with all reference rows.
  void take(const double* query, const double* products, int label) {
    const Index r = classifier_.mapped().cols();
    query_ = query;
    own_.clear();
    others_.clear();
    const double length = std::sqrt(linalg::squared_length(query, r));
    scale_ = classifier_.longest_row() + length;
    error_ = static_cast<double>(2 * r + 16) * std::numeric_limits<double>::epsilon() * scale_ * scale_;
    for (Index row = 0; row < classifier_.size(); ++row) {
      const At at{std::max(0.0, length * length + squared_lengths_[row] - 2.0 * products[row]), row};
      (classifier_.codes()[static_cast<std::size_t>(row)] == label ? own_ : others_).push_back(at);
    }
    std::sort(own_.begin(), own_.end());
    std::make_heap(others_.begin(), others_.end(), farther);
  }

  [[nodiscard]] const double* query() const { return query_; }
  /// The length of the query and of the longest reference row: what the rounding of a distance is relative to.
  [[nodiscard]] double scale() const { return scale_; }
  [[nodiscard]] double error() const { return error_; }
  /// Rows of the class, nearest first up to the error.
  [[nodiscard]] const std::vector<At>& own() const { return own_; }
  /// The number of rows of other classes that have not been taken out.
  [[nodiscard]] std::size_t others_left() const { return others_.size(); }
  /// The nearest of them, up to the error.
  [[nodiscard]] const At& nearest_other() const { return others_.front(); }
  At take_nearest_other() {
    std::pop_heap(others_.begin(), others_.end(), farther);
    const At nearest = others_.back();
    others_.pop_back();
    return nearest;
  }
  /// The squared distance to a reference row, from differences.
  [[nodiscard]] double distance_to(Index row) const {
    const Matrix& mapped = classifier_.mapped();
    return linalg::squared_distance(query_, mapped.row(row).data(), mapped.cols());
  }

 private:
  static bool farther(const At& a, const At& b) { return b < a; }

  const PerturbedClassifier& classifier_;
  const Vector& squared_lengths_;
  const double* query_ = nullptr;
  double scale_ = 0.0;
  double error_ = 0.0;
  std::vector<At> own_;
  std::vector<At> others_;  ///< a heap, the nearest in front
};

/// Calls `search(row, rows)` for the queries (q x r, mapped) whose prediction is their class, in parallel over a block
/// of them at a time; `make_search()` makes the callable of one thread. Memory: 128 MB of products at most, or 16
/// queries'.
template <class MakeSearch>
void over_right_queries(const PerturbedClassifier& classifier, const MatrixView& queries, std::span<const int> classes,
                        std::span<const int> predicted, std::string_view stage, const Observer& observer,
                        MakeSearch&& make_search) {
  std::vector<Index> right;
  for (Index row = 0; row < queries.rows(); ++row) {
    const auto at = static_cast<std::size_t>(row);
    if (predicted[at] == classes[at]) right.push_back(row);
  }
  const auto count = static_cast<Index>(right.size());
  const Vector squared_lengths = linalg::squared_lengths(classifier.mapped());
  const Index block = std::clamp<Index>((Index{1} << 24) / classifier.size(), 16, 128);
  for (Index begin = 0; begin < count; begin += block) {
    if (asks_to_stop(observer, {stage, right[static_cast<std::size_t>(begin)], queries.rows(), 0.0})) throw Stopped{};
    const Index rows = std::min(block, count - begin);
    Matrix some(rows, queries.cols());
    for (Index i = 0; i < rows; ++i) some.row(i) = queries.row(right[static_cast<std::size_t>(begin + i)]);
    const Matrix products = linalg::row_products_with_transpose(some, classifier.mapped());
    parallel_for(rows, 4, [&](Index from, Index to) {
      QueryRows around(classifier, squared_lengths);
      auto search = make_search();
      for (Index i = from; i < to; ++i) {
        const Index row = right[static_cast<std::size_t>(begin + i)];
        around.take(queries.row(row).data(), products.row(i).data(), classes[static_cast<std::size_t>(row)]);
        search(row, around);
      }
    });
  }
}

}  // namespace holdfast::certify
