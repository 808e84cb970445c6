// Neighbourhood components analysis, with the perturbation loss.
#pragma once

#include <optional>

#include "holdfast/constraints/class_neighbors.hpp"
#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/learners/perturbation.hpp"
#include "holdfast/learners/start.hpp"

namespace holdfast::learners {

/// Symbols of Goldberger, Roweis, Hinton and Salakhutdinov (NIPS 2004).
struct NcaOptions {
  Index rank = 0;                            ///< rows of L; 0: as many as columns
  Start start = Start::automatic;            ///< where L begins
  std::optional<Perturbation> perturbation;  ///< absent: plain NCA
  Index neighbors = 3;   ///< target neighbours per row: of the perturbation, and of the start's scale
  Index impostors = 10;  ///< with perturbation: impostors per row
  Index batch = 0;       ///< rows per step, each compared with all others; 0: all rows
  constraints::Search search = constraints::Search::exact;  ///< of the near rows, and of targets and impostors
  Index max_iterations = 1000;
  double tolerance = 1e-2;  ///< relative decrease of the objective at which it ends

  [[nodiscard]] static const OptionTable<NcaOptions>& table();
};

/// Minimises, over M = L^T L,
///     f(M) = 1 - 1/n sum_i p_i (+ lambda/|T| sum_T [tau^2 - g^2/(4(q + eps))]+),
/// p_i the chance that a neighbour of x_i drawn with probability proportional to exp(-D2) has its label
/// (objectives::NcaObjective). The objective is not convex; the start is the multiple of the identity (of the leading
/// principal directions for a smaller rank) at which targets are at a mean squared distance of 1.
///
/// L-BFGS over all rows. Up to 3,000 rows, each is compared with all others: n^2 (r + d) an evaluation. With more, each
/// is compared with its 20 nearest under the current metric, searched anew as it changes
/// (objectives::NearNcaObjective); the objective reported is that of 3,000 rows drawn over all rows, and `derived` has
/// `near_rows` and `share_left_out`, the mean share of their softmax that near rows lack. With a given batch:
/// stochastic steps (optim::minimize_stochastic) over drawn rows, each against all rows, so that a step costs batch x n
/// x d and memory stays at blocks of the distances.
[[nodiscard]] Fit fit_nca(const MatrixView& x, const constraints::Supervision& supervision,
                          const NcaOptions& options = {}, const FitContext& context = {});

}  // namespace holdfast::learners
