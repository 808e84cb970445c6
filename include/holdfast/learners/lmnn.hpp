// Large margin nearest neighbour, with the perturbation loss.
#pragma once

#include <optional>

#include "holdfast/constraints/class_neighbors.hpp"
#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/learners/perturbation.hpp"
#include "holdfast/learners/start.hpp"

namespace holdfast::learners {

/// Symbols of Weinberger and Saul (JMLR 2009, section 3) and Yang et al. (arXiv 2006.05945, section 4). The defaults
/// are the plain sums and the changing impostors of the former; the latter have mu = 0.5 and refresh = 0.
struct LmnnOptions {
  Index neighbors = 3;       ///< k, target neighbours per row; metric-learn 3, mlpack 1
  Index impostors = 10;      ///< v, impostors per row
  std::optional<double> mu;  ///< weight of the pull; the push has 1 - mu; in [0, 1]; absent: |S| / (|S| + |T|)
  std::optional<Perturbation> perturbation;  ///< absent: plain LMNN
  Index rank = 0;                            ///< rows of L; 0: as many as columns
  Start start = Start::automatic;            ///< where L begins
  Index refresh = 30;  ///< iterations between new impostors; 0: Euclidean ones throughout; with labels only
  Index anchors = 0;   ///< rows that get targets and impostors; 0: all, or 100,000 of more; with labels only
  constraints::Search search = constraints::Search::exact;  ///< of targets and impostors of many rows
  Index max_iterations = 1000;
  double tolerance = 1e-3;  ///< relative decrease of the objective over five iterations at which it ends

  [[nodiscard]] static const OptionTable<LmnnOptions>& table();
};

/// Minimises, over M = L^T L,
///     mu/|S| sum_S D2(x_i, x_j) + (1-mu)/|T| sum_T [1 - g]+ + lambda/|T| sum_T [tau^2 - g^2/(4(q + eps))]+
/// with targets by Euclidean distance on `x` (n x d, preprocessed) and impostors likewise or refreshed under the
/// current metric; or with given triplets, whose (anchor, target) pairs are S. The default mu gives every pair of S and
/// every triplet of T the same weight, also as T grows. L-BFGS over L from a multiple of the identity (of the leading
/// principal directions for a smaller rank): no step size, no eigendecomposition per iteration. The objective is not
/// convex in L, nor in M with the perturbation term; what the solver reaches is compared with the authors' in
/// docs/methods/lmnn.md.
///
/// If there are more than 100,000 labelled rows (more than `anchors` if it is given), the seed draws that number of
/// them as the anchors of S and T. Their targets and impostors come from all rows. The log says so, and `derived` has
/// `anchors_used`.
[[nodiscard]] Fit fit_lmnn(const MatrixView& x, const constraints::Supervision& supervision,
                           const LmnnOptions& options = {}, const FitContext& context = {});

}  // namespace holdfast::learners
