// The scatters of local Fisher discriminant analysis.
#pragma once

#include "holdfast/core/dataset.hpp"
#include "holdfast/core/observer.hpp"

namespace holdfast::learners {

/// S_w and S_b of Sugiyama (JMLR 2007, equations 8 to 11), r x r.
struct LocalScatters {
  Matrix within;
  Matrix between;
};

/// The scatters of the rows of `z` (n x r) with the affinities of the rows of `x` (n x d): exp(-|x_i - x_j|^2 /
/// (s_i s_j)) within a class, with the distance s_i of row i to the k-th nearest row of its class. In blocks of rows of
/// one class: memory grows with n, not with n^2. Throws InputError as require_separable does; Stopped if the observer
/// stops it.
[[nodiscard]] LocalScatters local_scatters(const MatrixView& x, const MatrixView& z, const Labels& labels, Index k,
                                           const Observer& observer);

}  // namespace holdfast::learners
