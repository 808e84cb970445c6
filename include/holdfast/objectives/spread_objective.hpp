// How far apart dissimilar pairs are, beside how far apart similar pairs are.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast::objectives {

/// F(M) = 1/2 log tr(M A) - log sum_i sqrt(v_i^T M v_i), for the scatter A of similar pairs (d x d) and the differences
/// v_i of dissimilar ones (m x d). F does not see the scale of M, and its minima are the maxima of
/// sum_i sqrt(v_i^T M v_i) over tr(M A) <= 1 (Xing et al., NIPS 2002) up to that scale: no constraint remains.
/// A MapObjective. An evaluation costs O(m d^2). Infinity where all distances are zero.
class SpreadObjective {
 public:
  SpreadObjective(Matrix similar, Matrix differences);

  [[nodiscard]] double value_at_map(const MatrixView& map) const;
  double value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const;

  /// An upper bound on (max - g) / g for g = sum_i sqrt(v_i^T M v_i) over tr(M A) <= 1, at M = L^T L scaled to it: g is
  /// concave, so that no M exceeds it by more than the largest eigenvalue of its gradient relative to A allows. 0 at a
  /// maximum. `root` is C with C^T A C = I.
  [[nodiscard]] double gap_at_map(const MatrixView& map, const MatrixView& root) const;

 private:
  Matrix similar_;
  Matrix differences_;
};

}  // namespace holdfast::objectives
