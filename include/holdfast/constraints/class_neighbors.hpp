// The nearest rows of the own class and of the other classes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "holdfast/core/dataset.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/neighbors/clustered_index.hpp"

namespace holdfast::constraints {

/// Lists of neighbours, one per row of the data and empty for rows that were not asked for, by (distance, row number).
using NeighborLists = std::vector<std::vector<std::int32_t>>;

enum class Search {
  exact,
  approximate,  ///< finds about 99 % of the neighbours of many rows
};

/// The share of the neighbours that a search is to find.
[[nodiscard]] constexpr double wanted_recall(Search search) { return search == Search::exact ? 1.0 : 0.99; }

/// Searches neighbours by class under the Euclidean distance. Many rows are searched by groups (ClusteredIndex) where
/// that looks at less than half of them, others by a scan. Either is exact unless an approximate search is asked for.
class ClassNeighbors {
 public:
  enum class Of { own_class, other_classes };

  /// Keeps views of `x` (n x d) and `labels`, which must outlive it. `recall`: 1 for exact neighbours, or the share of
  /// them that an approximate search of many rows is to find.
  ClassNeighbors(const MatrixView& x, const Labels& labels, double recall = 1.0);
  ClassNeighbors(Matrix&& x, const Labels& labels, double recall = 1.0) = delete;  ///< the rows would be gone

  /// The k nearest rows, itself left out, of each of `queries` (row numbers; empty: all rows); fewer where a class has
  /// fewer. Stopped if the observer stops the search.
  [[nodiscard]] NeighborLists search(Of of, std::span<const Index> queries, Index k, const Observer& observer = {});

  [[nodiscard]] const MatrixView& rows() const { return x_; }
  [[nodiscard]] const Labels& labels() const { return labels_; }
  /// How each search of many rows went, a line each. Nothing of exact ones of few rows.
  [[nodiscard]] const std::vector<std::string>& log() const { return log_; }
  /// The smallest recall of the searches, measured on a sample of the queries.
  [[nodiscard]] double measured_recall() const { return measured_recall_; }

 private:
  [[nodiscard]] NeighborLists scan(Of of, const std::vector<char>& wanted, Index k, const Observer& observer) const;

  MatrixView x_;
  const Labels& labels_;
  double recall_;
  std::optional<neighbors::ClusteredIndex> index_;
  std::vector<std::string> log_;
  double measured_recall_ = 1.0;
};

}  // namespace holdfast::constraints
