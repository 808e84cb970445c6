// The objective of neighbourhood components analysis.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/objectives/soft_neighbors.hpp"

namespace holdfast::objectives {

/// f(M) = 1 - weighted mean over anchors i of p_i, the expected error of a random neighbour (Goldberger, Roweis, Hinton
/// and Salakhutdinov, NIPS 2004, with M = L^T L):
///     p_ij = exp(-D2(x_i, x_j)) / sum over k other than i of exp(-D2(x_i, x_k)),   p_i = sum over j of i's class of
///     p_ij.
/// Cost and memory are those of SoftNeighbors.
class NcaObjective {
 public:
  /// Copies `x` (n x d) with the rows of a class together; `codes` are the n classes, `weights` the n weights of the
  /// rows in the mean over anchors (empty: all the same).
  NcaObjective(const Matrix& x, const std::vector<int>& codes, const Vector& weights = {});

  /// f over all rows as anchors, at M = L^T L for a map L (r x d), and df/dM (d x d, symmetric) into `gradient`: a
  /// MapObjective. An anchor whose class has no other row has p_i = 0.
  double value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const;
  /// The same over the given anchors (row numbers).
  double value_and_gradient_at_map(const MatrixView& map, std::span<const Index> anchors, Matrix& gradient) const;

 private:
  struct RowRange {
    Index begin;
    Index size;
  };

  SoftNeighbors neighbors_;         ///< over the rows, class after class
  std::vector<Index> place_of_;     ///< of a row among them
  std::vector<RowRange> class_of_;  ///< the places of the class, by place
  Vector weights_;                  ///< by place
};

}  // namespace holdfast::objectives
