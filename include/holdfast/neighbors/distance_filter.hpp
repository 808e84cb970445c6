// Lower bounds of distances from products in float32: they say which rows a search need not look at.
#pragma once

#include <limits>
#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/linalg/aligned_vector.hpp"
#include "holdfast/linalg/panel_kernels.hpp"

namespace holdfast::neighbors {

/// Rows packed in float32, with rigorous lower bounds of the squared distances of queries to them.
///
/// Rows and queries, less the medians of the columns over some rows and times a power of two (`unit`), are held as m
/// numbers each: as they are, or, if there are many columns and most of the variance lies in few directions, as their
/// coordinates in p orthonormal directions V and the length of what is left, rho = |x - V V^T x|. That shortens
/// distances, never lengthens them:
///     |q - r|^2 >= |V^T (q - r)|^2 + (rho_q - rho_r)^2 = |q|^2 + |r|^2 - 2 (V^T q . V^T r + rho_q rho_r).
/// With the m numbers of q and r in float32, a score is s = b_r - q.r, one chain of m operations from
/// b_r = (1 - E)/2 |r|^2, rounded down. Then
///     |q - r|^2 >= (2 s + shift) / unit^2,   shift = (1 - E) |q|^2 - A (1 + |q|),
///     E = 6.1 eta + 2.1 (m + 2) 2^-24 + 8 (d + 8) 2^-52,   A = 2^-100,
/// where eta |x| bounds the error of the numbers of x: 2^-24 for float32, and with directions the rounding of the
/// products and their distance from orthonormal. (2.1 (m + 2) 2^-24 is the error of the chain of a dot product, Higham,
/// Accuracy and Stability of Numerical Algorithms, 3.1; 6.1 eta that of moving q and r; the third term that of float64
/// in the norms and in the distance that the bound is compared with; A covers underflow.) The bound holds for the
/// distance as `linalg::squared_distance` computes it. A query too far away for float32, and any query if the rows
/// leave the range of float32 or float64, has no bound: its shift is -infinity.
class DistanceFilter {
 public:
  /// Queries as the filter holds them.
  struct Queries {
    MatrixF numbers;  ///< at least `shifts.size()` rows, a multiple of the kernel's tile
    Vector shifts;
    Vector lengths;  ///< in units; infinite without a bound
  };
  /// The scores of queries with all rows.
  struct Scores {
    MatrixF all;    ///< queries x columns(), infinite beyond the last row
    MatrixF least;  ///< queries x panels(): the least score of each panel
    Vector shifts;  ///< of the queries
  };

  /// Takes n x d rows of float or double.
  template <class Rows>
  explicit DistanceFilter(const Rows& rows);

  [[nodiscard]] Index panels() const { return panels_; }
  /// The rows of a panel are consecutive; the last panel may have fewer.
  [[nodiscard]] Index panel_width() const { return kernel_->panel_width; }
  [[nodiscard]] Index columns() const { return panels_ * panel_width(); }
  /// Of a query's scores of one panel, those above `lower` and at most `upper`, as bits.
  [[nodiscard]] linalg::Selected<float> select(const float* scores, float lower, float upper) const {
    return kernel_->select(scores, lower, upper);
  }
  /// m.
  [[nodiscard]] Index dimension() const { return dimension_; }
  /// Whether rows are held by coordinates in few directions.
  [[nodiscard]] bool is_shortened() const { return directions_.size() > 0; }

  [[nodiscard]] Queries prepare(const MatrixView& queries) const;
  /// Some of them.
  [[nodiscard]] Queries select(const Queries& queries, const std::vector<Index>& chosen) const;

  /// A lower bound of the squared distance from a score; `shift`: of the query.
  [[nodiscard]] double at_least(float score, double shift) const {
    const double scaled = 2.0 * static_cast<double>(score) + shift;
    return scaled > 0.0 ? scaled * inverse_square_ : 0.0;
  }
  /// Rows at the squared distance or nearer have scores below this.
  [[nodiscard]] float score_above(double squared, double shift) const;

  /// A lower bound of the distance of query `at` to one row, and bounds of that of two rows. From the differences
  /// of their numbers: |q - r| >= t^1/2 (1 - 2^-24 (m/16 + 16)) - eta (|q| + |r|) - 2^-60 in units, t the sum of the
  /// squared differences; and with the parts along V alone in t, |q - r|^2 <= t + (rho_q + rho_r)^2, likewise rounded.
  [[nodiscard]] double distance_at_least(const Queries& queries, Index at, Index row) const;
  [[nodiscard]] double distance_at_least(Index a, Index b) const;
  [[nodiscard]] double distance_at_most(Index a, Index b) const;

  /// Writes the scores of a panel below each query's bound to `hits` (room for queries.numbers.rows() * panel_width()),
  /// and returns how many. `bounds`: one per row of queries.numbers.
  Index scan(const Queries& queries, Index panel, const std::vector<float>& bounds,
             std::vector<linalg::Hit<float>>& hits) const;
  /// The scores of `queries` with all rows.
  [[nodiscard]] Scores scores(const Queries& queries) const;

 private:
  [[nodiscard]] double pair_error() const;
  /// From two points' numbers and the sum of their lengths.
  [[nodiscard]] double distance_at_least(const float* a, const float* b, double lengths) const;
  [[nodiscard]] Matrix scaled(const MatrixView& x) const;
  void choose_directions(const Matrix& sample);
  void set_error();
  void pack(const Matrix& block, Index first);
  /// The m numbers of each row of x (scaled), in float64.
  [[nodiscard]] Matrix numbers_of(const Matrix& x) const;

  const linalg::PanelKernel<float>* kernel_;
  Index size_;
  Index panels_;
  Index dimension_;
  RowVector centre_;
  double unit_ = 1.0;
  double inverse_square_ = 1.0;  ///< 1 / unit^2
  Matrix directions_;            ///< V, d x p; empty: none
  double eta_ = 0.0;
  double error_ = 0.0;                   ///< E
  bool is_off_ = false;                  ///< no query has a bound
  MatrixF numbers_;                      ///< of the rows
  Eigen::VectorXf lengths_;              ///< of the rows in units, rounded up; infinite without a bound
  linalg::AlignedVector<float> values_;  ///< the numbers in panels
  linalg::AlignedVector<float> bias_;    ///< b_r, infinite beyond the last row
};

extern template DistanceFilter::DistanceFilter(const Matrix& rows);
extern template DistanceFilter::DistanceFilter(const MatrixF& rows);

}  // namespace holdfast::neighbors
