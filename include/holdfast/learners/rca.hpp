// Relevant component analysis.
#pragma once

#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"

namespace holdfast::learners {

/// Symbols of Bar-Hillel, Hertz, Shental and Weinshall (JMLR 2005).
struct RcaOptions {
  Index rank = 0;             ///< rows of L; 0: all columns
  Index sample_chunks = 100;  ///< chunks that are drawn by label; all that the classes hold if they hold fewer
  Index chunk_size = 2;       ///< rows of a drawn chunk

  [[nodiscard]] static const OptionTable<RcaOptions>& table();
};

/// M = C^-1 for the covariance of the rows in chunks about the means of their chunks,
///     C = 1/N sum_j sum_i (x_ji - m_j)(x_ji - m_j)^T.
/// With a smaller rank, M = V (V^T C V)^-1 V^T for the `rank` directions v in which the variance within chunks is the
/// smallest share of the whole: C v = mu T v with the smallest mu, for the covariance T of the rows in chunks (of all
/// rows if those in chunks span fewer directions). The report's objective is the mean of those mu.
///
/// Learns from chunks, or from labels, by which it draws chunks (constraints::sample_chunks). Directions in which all
/// rows are equal are left out; if C is singular in the others, automatic_regularization of it is added, with a
/// warning. O(n d^2 + d^3). Throws InputError as require_separable or require_usable does, for a rank beyond the
/// columns, and if no class has the rows of a chunk; FitFailed if squares overflow.
[[nodiscard]] Fit fit_rca(const MatrixView& x, const constraints::Supervision& supervision,
                          const RcaOptions& options = {}, const FitContext& context = {});

}  // namespace holdfast::learners
