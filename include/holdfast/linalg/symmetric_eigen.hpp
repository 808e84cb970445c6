// Eigendecomposition of symmetric matrices (LAPACK's divide and conquer).
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast::linalg {

/// a = vectors * diag(values) * vectors^T, values ascending, one eigenvector per column.
struct SymmetricEigen {
  Vector values;   ///< d
  Matrix vectors;  ///< d x d, orthogonal
};

/// Decomposes the symmetric d x d matrix `a`; only its upper triangle is read. Throws std::runtime_error where LAPACK
/// does not converge (not seen on finite input).
[[nodiscard]] SymmetricEigen symmetric_eigen(const MatrixView& a);

/// A factor L (r x d) with L^T L = the projection of the symmetric `a` onto the positive semidefinite cone. Eigenvalues
/// up to `cut` times the largest are dropped; r is the number of those that remain (at least 1 row, zero if none do).
/// Rows of L are orthogonal, by descending eigenvalue.
[[nodiscard]] Matrix psd_factor(const MatrixView& a, double cut = 0.0);

}  // namespace holdfast::linalg
