// Adversarial metric learning: confusion against distinguishment.
#pragma once

#include <vector>

#include "holdfast/constraints/scatters.hpp"
#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/learners/regularization.hpp"
#include "holdfast/metric/metric.hpp"

namespace holdfast::learners {

/// Symbols of Chen et al. (arXiv 1802.03170).
struct AmlOptions {
  enum class Solver {
    bilevel,      ///< minimises F, with the adversary's best answer substituted
    alternating,  ///< confusion and distinguishment in turn, each in closed form, to a fixed point
  };
  enum class Start { geometric_mean, identity };

  double alpha = 1.0;  ///< weight of the adversarial pairs, >= 0; 0 is gmml
  double beta = 1.0;   ///< cost to the adversary of moving a pair, > 0: the smaller, the stronger the adversary
  Solver solver = Solver::bilevel;
  Start start = Start::geometric_mean;
  Regularization regularization;
  Index max_iterations = 1000;
  double tolerance = 1e-10;  ///< relative decrease of the objective over five iterations at which it ends

  [[nodiscard]] static const OptionTable<AmlOptions>& table();
};

/// Minimises, over M symmetric positive definite,
///     F(M) = tr(M A) + (1 + alpha c^2) tr(M^-1 B) + alpha tr(A h(M)),
///     c = beta / (2 + beta),   h(t) = beta^2 t^5 / (2 + beta t^2)^2,
/// the loss of the pairs and of their adversarial pairs (objectives::AmlObjective). F depends on the data through the
/// scatters only, so that the cost of an iteration, O(d^3), does not depend on the number of pairs. Quasi-Newton
/// descent on the manifold of positive definite matrices; no step size.
/// Throws InputError as `regularized` does.
[[nodiscard]] Fit fit_aml(const MatrixView& x, const constraints::Supervision& supervision,
                          const AmlOptions& options = {}, const FitContext& context = {});
/// The same from scatters already summed.
[[nodiscard]] Fit fit_aml(const constraints::Scatters& scatters, const AmlOptions& options = {},
                          const FitContext& context = {});

/// The result of the confusion stage: pairs that the adversary moved to fool the metric.
struct AdversarialPairs {
  Matrix first;   ///< m x d, the moved first rows: similar pairs before dissimilar ones, as in the set
  Matrix second;  ///< m x d
};

/// For each pair (x, x') the pair (p, p') near it that minimises the loss under the flipped label plus
/// beta (D2(x, p) + D2(x', p')). The midpoint stays; the difference becomes beta M^2 (2 I + beta M^2)^-1 (x - x') for a
/// similar pair, which is drawn apart in the directions that M neglects, and c (x - x') for a dissimilar one, which is
/// drawn together. `x`: n x d, preprocessed. Throws InputError for beta <= 0 and pairs out of range.
[[nodiscard]] AdversarialPairs adversarial_pairs(const metric::Metric& metric, const MatrixView& x,
                                                 const constraints::PairSet& pairs, double beta);

}  // namespace holdfast::learners
