// A Mahalanobis metric as a value.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast::metric {

/// D(a,b)^2 = (a-b)^T M (a-b) with M = L^T L positive semidefinite. Owns L (r x d); samples map to `X L^T`. A regular
/// type: copied, moved and compared as a value, and valid on its own.
class Metric {
 public:
  /// The Euclidean metric in d dimensions.
  [[nodiscard]] static Metric euclidean(Index dimension);
  /// From the linear map L (r x d). Throws std::invalid_argument unless it has entries, all finite.
  [[nodiscard]] static Metric from_map(Matrix map);
  /// From M (d x d). Throws std::invalid_argument unless it is finite, symmetric to 1e-9 of its largest entry, and
  /// without eigenvalues below -1e-9 of its largest.
  [[nodiscard]] static Metric from_matrix(const MatrixView& matrix);

  [[nodiscard]] const Matrix& map() const { return map_; }              ///< L, r x d
  [[nodiscard]] Matrix matrix() const;                                  ///< M = L^T L, d x d
  [[nodiscard]] Index input_dimension() const { return map_.cols(); }   ///< d
  [[nodiscard]] Index output_dimension() const { return map_.rows(); }  ///< r

  /// X L^T: n x d to n x r. Euclidean distances of the result are the distances of this metric.
  [[nodiscard]] Matrix transform(const MatrixView& x) const;
  /// (a-b)^T M (a-b), for samples of d entries.
  [[nodiscard]] double squared_distance(const RowView& a, const RowView& b) const;
  /// The square root of squared_distance.
  [[nodiscard]] double distance(const RowView& a, const RowView& b) const;

  bool operator==(const Metric& other) const;

 private:
  explicit Metric(Matrix map) : map_(std::move(map)) {}

  Matrix map_;
};

}  // namespace holdfast::metric
