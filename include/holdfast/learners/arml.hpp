// Adversarially robust metric learning.
#pragma once

#include <limits>
#include <optional>

#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/learners/perturbation.hpp"

namespace holdfast::learners {

/// Symbols of Wang, Liu, Yi, Zhou and Hsieh (NeurIPS 2020, arXiv 2006.07024).
struct ArmlOptions {
  Index neighbors = 5;  ///< targets are drawn from this many nearest rows of the class
  Index impostors = 5;  ///< impostors from this many nearest rows of other classes; theirs: 10
  Index draws = 25;     ///< triplets drawn per row; all of them if a row has fewer
  double margin = std::numeric_limits<double>::infinity();  ///< tau > 0: margins beyond it do not count
  std::optional<Perturbation> perturbation;                 ///< the squared perturbation loss on top
  Index rank = 0;                                           ///< rows of L; 0: as many as columns
  Index refresh = 30;  ///< iterations between draws under the new metric; 0: Euclidean neighbours throughout
  Index max_iterations = 200;
  double tolerance = 1e-4;  ///< relative decrease of the objective over five iterations at which a stretch ends

  [[nodiscard]] static const OptionTable<ArmlOptions>& table();
};

/// Maximises the mean adversarial margin of triplets: minimises, over M = L^T L,
///     1/|T| sum_T [tau - g / (2 sqrt(q))]+        (tau = infinity: minus the mean margin),
/// over triplets drawn among the nearest rows of either kind under the current metric, and drawn anew every `refresh`
/// iterations until a new draw brings no better metric. The objective does not change with the scale of M, which is
/// kept at a mean squared distance of 1 to targets. L-BFGS over L on each draw.
[[nodiscard]] Fit fit_arml(const MatrixView& x, const constraints::Supervision& supervision,
                           const ArmlOptions& options = {}, const FitContext& context = {});

}  // namespace holdfast::learners
