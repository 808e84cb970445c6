// The objective of metric learning for kernel regression.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/objectives/soft_neighbors.hpp"

namespace holdfast::objectives {

/// f(M) = mean over anchors i of (y_i - Y_i)^2, the leave-one-out error of kernel regression with a Gaussian kernel:
///     Y_i = sum over j other than i of p_ij y_j,   p_ij as in SoftNeighbors
/// (Weinberger and Tesauro, AISTATS 2007, equations 3 to 5, with the width of the kernel in M; they sum, and do not
/// average). In squared units of y. Cost and memory are those of SoftNeighbors.
class MlkrObjective {
 public:
  /// x: n x d, targets: n.
  MlkrObjective(Matrix x, Vector targets) : neighbors_(std::move(x)), targets_(std::move(targets)) {}

  /// f over all rows as anchors, at M = L^T L for a map L (r x d), and df/dM (d x d, symmetric) into `gradient`: a
  /// MapObjective.
  double value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const;
  /// The same over the given anchors (row numbers).
  double value_and_gradient_at_map(const MatrixView& map, std::span<const Index> anchors, Matrix& gradient) const;

 private:
  SoftNeighbors neighbors_;
  Vector targets_;
};

}  // namespace holdfast::objectives
