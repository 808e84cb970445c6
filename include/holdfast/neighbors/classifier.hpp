// k-NN classification.
#pragma once

#include <span>
#include <vector>

#include "holdfast/core/dataset.hpp"
#include "holdfast/metric/metric.hpp"
#include "holdfast/neighbors/exact_index.hpp"

namespace holdfast::neighbors {

/// The class with the most votes; of several the one of the first voter. `voters`: classes, nearest first, one or more.
[[nodiscard]] int majority(std::span<const int> voters);

/// The class of each query by majority vote of its neighbours (`codes` of the reference rows, values below `classes`).
/// A tie goes to the tied class that has the nearest member.
[[nodiscard]] std::vector<int> vote(const Neighbors& neighbors, std::span<const int> codes, Index classes);

/// Throws InputError unless k is odd and 1 <= k <= rows: with an even k the certificates have no majority to hold.
void require_valid_k(Index k, Index rows);

/// A k-NN classifier of rows as they are, without the preprocessing of a Model: the class of the nearest reference rows
/// by the metric's distance.
class KnnClassifier {
 public:
  /// x: the reference, n x d, with one label per row; the metric is of d entries. Throws InputError if they do not fit.
  KnnClassifier(metric::Metric metric, const MatrixView& x, Labels labels);

  /// The codes of the classes of the rows (q x d): `labels().name(code)` is the text. Throws InputError unless k is odd
  /// and at most n.
  [[nodiscard]] std::vector<int> predict(const MatrixView& rows, Index k = 1) const;
  /// The k nearest reference rows of each row, and the squared distances to them.
  [[nodiscard]] Neighbors nearest(const MatrixView& rows, Index k, const SearchOptions& options = {}) const;
  [[nodiscard]] const Labels& labels() const { return labels_; }

 private:
  metric::Metric metric_;
  Labels labels_;
  ExactIndex<double> index_;
};

}  // namespace holdfast::neighbors
