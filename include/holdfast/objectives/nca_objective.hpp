// The objective of neighbourhood components analysis.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast::objectives {

/// f(M) = 1 - mean over anchors i of p_i, the expected error of a random neighbour (Goldberger, Roweis, Hinton and
/// Salakhutdinov, NIPS 2004, with M = L^T L):
///     p_ij = exp(-D2(x_i, x_j)) / sum over k other than i of exp(-D2(x_i, x_k)),   p_i = sum over j of i's class of
///     p_ij.
///
/// Blocks of anchors against all rows: anchors x n x (r + d) multiplications in matrix products, memory of one block of
/// distances per thread, never n x n.
class NcaObjective {
 public:
  /// Copies `x` (n x d) with the rows of a class together; `codes` are the n classes.
  NcaObjective(const Matrix& x, const std::vector<int>& codes);

  /// f over all rows as anchors, at M = L^T L for a map L (r x d), and df/dM (d x d, symmetric) into `gradient`: a
  /// MapObjective. An anchor whose class has no other row has p_i = 0.
  double value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const;
  /// The same over the given anchors (row numbers).
  double value_and_gradient_at_map(const MatrixView& map, std::span<const Index> anchors, Matrix& gradient) const;

 private:
  /// Where a row is now, and the rows of its class.
  struct Place {
    Index row;
    Index class_begin;
    Index class_size;
  };
  struct Sums;

  void add_block(std::span<const Index> anchors, const Matrix& mapped, const Vector& squares, double share,
                 Sums& sums) const;

  Matrix x_;  ///< class after class
  std::vector<Place> places_;
};

/// f over a batch of anchors, likewise a MapObjective. Keeps a reference to the objective, which must outlive it.
class NcaBatch {
 public:
  NcaBatch(const NcaObjective& objective, std::vector<Index> anchors)
      : objective_(objective), anchors_(std::move(anchors)) {}
  NcaBatch(const NcaObjective&& objective, std::vector<Index> anchors) = delete;

  double value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const {
    return objective_.value_and_gradient_at_map(map, anchors_, gradient);
  }

 private:
  const NcaObjective& objective_;
  std::vector<Index> anchors_;
};

}  // namespace holdfast::objectives
