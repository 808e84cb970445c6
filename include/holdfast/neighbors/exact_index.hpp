// Exact nearest neighbours.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "holdfast/core/observer.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/neighbors/distance_filter.hpp"

namespace holdfast::neighbors {

template <class Scalar>
using RowMatrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The k nearest reference rows of each of q queries, ordered by (distance, row number).
struct Neighbors {
  RowMatrix<std::int32_t> rows;  ///< q x k, row numbers in the reference
  Matrix squared_distances;      ///< q x k, squared Euclidean, float64 from differences of the given values; 0 or
                                 ///< infinite where the square leaves the range of float64
};

struct SearchOptions {
  /// Empty, or per query one reference row that is no neighbour of the query: its own, if queries are reference rows.
  std::span<const Index> left_out = {};
  Observer observer = {};  ///< stage "neighbours", step in queries; Action::stop raises Stopped
};

/// Exact k-NN under the Euclidean distance over a fixed set of rows (map the rows first to search under a metric).
///
/// Two stages. A scan forms a lower bound of every distance in float32 (DistanceFilter), a matrix product whose tile
/// never leaves the registers: each score is compared with the query's current bound there and then, and the few that
/// pass are kept. These are measured from differences, in float64, in the order of their bounds, until the next bound
/// is beyond the k-th distance, so that equal rows have equal distances and order is exact. If a row outside those kept
/// may still belong in, a second scan measures every row that may. If the squares of a query's differences leave the
/// range of float64, every row is measured, by differences times a power of two, so that the order is right there.
/// Memory: the rows, one packed copy in float32, and a few candidates per query.
template <class Scalar>
class ExactIndex {
 public:
  /// Takes n x d rows, n < 2^31. Throws InputError if there are none.
  explicit ExactIndex(RowMatrix<Scalar> reference);

  [[nodiscard]] Index size() const { return reference_.rows(); }
  [[nodiscard]] Index dimension() const { return reference_.cols(); }
  [[nodiscard]] const RowMatrix<Scalar>& rows() const { return reference_; }

  /// The k nearest rows of each query (q x d). Throws InputError unless 1 <= k <= n (n - 1 if rows are left out).
  [[nodiscard]] Neighbors search(const Eigen::Ref<const RowMatrix<Scalar>>& queries, Index k,
                                 const SearchOptions& options = {}) const;

  /// The lower bounds that the search begins with.
  [[nodiscard]] const DistanceFilter& filter() const { return *filter_; }

 private:
  RowMatrix<Scalar> reference_;
  std::shared_ptr<const DistanceFilter> filter_;
  double spread_ = 0.0;  ///< the largest difference of two entries of a column
};

extern template class ExactIndex<double>;
extern template class ExactIndex<float>;

/// The k nearest reference rows of each query: an ExactIndex used once.
[[nodiscard]] Neighbors nearest(const MatrixView& queries, const MatrixView& reference, Index k,
                                const SearchOptions& options = {});

}  // namespace holdfast::neighbors
