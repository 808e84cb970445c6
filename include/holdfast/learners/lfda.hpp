// Local Fisher discriminant analysis.
#pragma once

#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"

namespace holdfast::learners {

/// How the directions v, with v^T S_w v = 1, become the rows of L.
enum class Embedding {
  weighted,         ///< sqrt(lambda) v, by the power to separate; v with lambda <= 0 is left out
  orthonormalized,  ///< an orthonormal basis of their span
  plain,            ///< v itself
};

/// Symbols of Sugiyama (JMLR 2007).
struct LfdaOptions {
  Index rank = 0;             ///< r, rows of L; 0: all columns
  Index scale_neighbors = 0;  ///< k of the local scale; 0: 7, or one less than the columns if they are fewer
  Embedding embedding = Embedding::weighted;

  [[nodiscard]] static const OptionTable<LfdaOptions>& table();
};

/// L from the generalized eigenvectors of S_b v = lambda S_w v with the largest eigenvalues, for the local scatters
///     S_w = 1/2 sum_ij W_ij (x_i - x_j)(x_i - x_j)^T,  W_ij = A_ij / n_c within a class of n_c rows, else 0,
///     S_b = the same with A_ij (1/n - 1/n_c) within a class, 1/n between classes,
/// where A_ij = exp(-|x_i - x_j|^2 / (s_i s_j)) and s_i is the distance of row i to the k-th nearest row of its class
/// (the farthest one in smaller classes; A_ij = 0 if a scale is 0). Directions in which all rows are equal are left
/// out; if S_w is singular in the others, automatic_regularization of it is added, with a warning.
///
/// O(sum n_c^2 d + n d^2 + d^3), in blocks of rows: no n x n matrix. Learns from labels. Throws InputError as
/// require_separable does, and for a rank beyond the columns; FitFailed if squares overflow.
[[nodiscard]] Fit fit_lfda(const MatrixView& x, const constraints::Supervision& supervision,
                           const LfdaOptions& options = {}, const FitContext& context = {});

}  // namespace holdfast::learners
