// The objective of neighbourhood components analysis over near rows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/linalg/pair_graph.hpp"

namespace holdfast::objectives {

/// NcaObjective with the random neighbour of each row drawn from its candidates instead of all rows:
///     f(M) = 1 - weighted mean over rows i of p_i,   p_ij = exp(-D2(x_i, x_j)) / sum over candidates k of exp(-D2(x_i,
///     x_k)).
///
/// The error. If s_i is the share of the softmax over all rows that belongs to the rows left out, and r_i the part of
/// it that is of i's class, then p_i over all rows is (1 - s_i) times p_i over the candidates, plus r_i, 0 <= r_i <=
/// s_i. So p_i changes by s_i at most, and f by the mean of s_i at most. `against_all_rows` computes all of these.
///
/// An evaluation costs n K (r + 2 d) + n d^2 for K candidates per row, where NcaObjective takes n^2 (r + d).
class NearNcaObjective {
 public:
  using Candidates = Eigen::Matrix<std::int32_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  /// Keeps a view of `x` (n x d), which must outlive it. `codes` are the n classes; row i of `candidates` (n x K, K >=
  /// 1) lists distinct rows other than i. `weights` are those of the rows in the mean (empty: all the same).
  NearNcaObjective(const MatrixView& x, std::vector<int> codes, Candidates candidates, const Vector& weights = {});
  NearNcaObjective(Matrix&& x, std::vector<int> codes, Candidates candidates,
                   const Vector& weights = {}) = delete;  ///< the rows would be gone

  /// f at M = L^T L for a map L (r x d), and df/dM (d x d, symmetric) into `gradient`: a MapObjective.
  double value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const;

  /// What each of some rows has over its candidates and over all rows.
  struct Comparison {
    Vector near;      ///< 1 - p_i over the candidates
    Vector all;       ///< 1 - p_i over all rows other than i
    Vector left_out;  ///< s_i; |near - all| is at most this
  };
  /// At M = L^T L, for the given rows; `rows` x n distances in blocks.
  [[nodiscard]] Comparison against_all_rows(const MatrixView& map, std::span<const Index> rows) const;

 private:
  /// p_ij, n x K.
  [[nodiscard]] Matrix probabilities(const MatrixView& map) const;
  /// p_i, from the p_ij of row i.
  [[nodiscard]] double own_class(const Matrix& probabilities, Index row) const;
  [[nodiscard]] bool same_class(Index a, Index b) const {
    return codes_[static_cast<std::size_t>(a)] == codes_[static_cast<std::size_t>(b)];
  }

  MatrixView x_;
  std::vector<int> codes_;
  Candidates candidates_;
  Vector shares_;  ///< the weights over their sum
  linalg::PairGraph graph_;
  std::vector<std::int32_t> edge_of_;  ///< of candidate i K + c
};

}  // namespace holdfast::objectives
