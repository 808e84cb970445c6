// The reference rows around one query, of its class and of others.
#pragma once

#include <compare>
#include <cstddef>
#include <vector>

#include "holdfast/geometry/perturbed_classifier.hpp"

namespace holdfast::geometry {

/// A reference row with its distance to a query, ordered by (squared distance, row).
struct RowDistance {
  double squared_distance;
  Index row;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy sees a comparison with 0
  [[nodiscard]] auto operator<=>(const RowDistance& other) const = default;
};

/// A matrix product gives all squared distances, each right to `error()`; these choose and order the rows. A bound or a
/// radius is computed from `distance_to`, from differences, of the few rows that it needs.
class QueryRows {
 public:
  /// `squared_lengths`: of the n reference rows. Keeps references to both.
  QueryRows(const PerturbedClassifier& classifier, const Vector& squared_lengths)
      : classifier_(classifier), squared_lengths_(squared_lengths) {}

  /// Takes a query of r entries with its n products with the reference rows. `label`: the class of the query;
  /// `left_out`: a reference row that does not take part, or -1.
  void take(const double* query, const double* products, int label, Index left_out = -1);

  [[nodiscard]] const double* query() const { return query_; }
  /// The length of the query plus that of the longest reference row: rounding errors of distances are relative to it.
  [[nodiscard]] double scale() const { return scale_; }
  /// A bound on the error of the squared distances in `same_class` and `nearest_other_class`.
  [[nodiscard]] double error() const { return error_; }
  /// Rows of the query's class, nearest first up to the error.
  [[nodiscard]] const std::vector<RowDistance>& same_class() const { return same_class_; }
  /// The number of rows of other classes that have not been taken out.
  [[nodiscard]] std::size_t other_class_left() const { return other_class_.size(); }
  /// The nearest of them, up to the error.
  [[nodiscard]] const RowDistance& nearest_other_class() const { return other_class_.front(); }
  /// Takes it out.
  RowDistance take_nearest_other_class();
  /// The squared distance to a reference row, from differences.
  [[nodiscard]] double distance_to(Index row) const { return classifier_.squared_distance(query_, row); }
  /// The first `count` rows of the query's class, or all if there are fewer, with distances from differences.
  [[nodiscard]] std::vector<RowDistance> nearest_of_class(std::size_t count) const;

 private:
  const PerturbedClassifier& classifier_;
  const Vector& squared_lengths_;
  const double* query_ = nullptr;
  double scale_ = 0.0;
  double error_ = 0.0;
  std::vector<RowDistance> same_class_;
  std::vector<RowDistance> other_class_;  ///< a heap, the nearest in front
};

}  // namespace holdfast::geometry
