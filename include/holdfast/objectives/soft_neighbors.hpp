// Objectives over the random neighbour of each row: what nca and mlkr share.
#pragma once

#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast::objectives {

/// Rows that choose a neighbour at random, nearer rows with a higher probability:
///     p_ik = exp(-D2(x_i, x_k)) / sum over l other than i of exp(-D2(x_i, x_l)),   M = L^T L,
/// and sums over rows i, the anchors, of values that depend on p_i.
///
/// Blocks of anchors against all rows: anchors x n x (r + d) multiplications in matrix products, memory of one block of
/// distances per thread, never n x n.
class SoftNeighbors {
 public:
  /// x: n x d.
  explicit SoftNeighbors(Matrix x) : x_(std::move(x)) {}

  /// Returns the value of a row (its number) and replaces its probabilities p_ik, n entries of which its own is 0, by
  /// the derivatives of the value with respect to D2(x_i, x_k). These sum to 0 over k.
  using Weigh = std::function<double(Index row, Eigen::Ref<RowVector> probabilities)>;

  /// The sum over the rows given, at M = L^T L for a map L (r x d), and its derivative with respect to M (d x d,
  /// symmetric) into `gradient`. The sum has the same bits for any number of threads.
  double value_and_gradient_at_map(const MatrixView& map, std::span<const Index> anchors, const Weigh& weigh,
                                   Matrix& gradient) const;

 private:
  struct Sums;

  void add_block(std::span<const Index> anchors, const Matrix& mapped, const Vector& squares, const Weigh& weigh,
                 Sums& sums) const;

  Matrix x_;
};

/// The share of each anchor in a weighted mean over anchors. Keeps a reference to the weights.
class AnchorShares {
 public:
  AnchorShares(std::span<const Index> anchors, const Vector& weights) : weights_(weights) {
    for (const Index anchor : anchors) total_ += weights[anchor];
  }
  [[nodiscard]] double of(Index row) const { return weights_[row] / total_; }

 private:
  const Vector& weights_;
  double total_ = 0.0;
};

/// An objective over a batch of anchors alone: a MapObjective. Keeps a reference to the objective, which must outlive
/// it.
template <class Objective>
class AnchorBatch {
 public:
  AnchorBatch(const Objective& objective, std::vector<Index> anchors)
      : objective_(objective), anchors_(std::move(anchors)) {}
  AnchorBatch(const Objective&& objective, std::vector<Index> anchors) = delete;

  double value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const {
    return objective_.value_and_gradient_at_map(map, anchors_, gradient);
  }

 private:
  const Objective& objective_;
  std::vector<Index> anchors_;
};

}  // namespace holdfast::objectives
