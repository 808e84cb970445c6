// The weight of the perturbation loss, chosen on the training rows.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "holdfast/constraints/supervision.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/learners/perturbation.hpp"

namespace holdfast::learners {

/// Whether the weight is to be chosen: `auto` without a factor, with labels to judge by. The derived weight stands in
/// for it with given triplets.
[[nodiscard]] bool chooses_weight(const std::optional<Perturbation>& perturbation,
                                  const constraints::Supervision& supervision);

/// A fit whose perturbation loss has the given factor of the derived weight (0: none).
using FitWithFactor = std::function<Fit(double factor, const MatrixView& x, const constraints::Supervision& supervision,
                                        const FitContext& context)>;

/// The fit on all rows with the factor that does best on rows left out, as docs/methods/lmnn.md describes it: of the
/// factors whose 1-NN accuracy is at most 0.0075 below the best, the one with the largest mean radius. What each of
/// them reached goes to the report's log, the factor to its `derived`.
[[nodiscard]] Fit fit_with_chosen_factor(const MatrixView& x, const Labels& labels, const FitContext& context,
                                         const FitWithFactor& fit);

/// The same for a learner whose options have a `perturbation`.
template <class Options>
[[nodiscard]] Fit fit_with_chosen_weight(Fit (*fit)(const MatrixView&, const constraints::Supervision&, const Options&,
                                                    const FitContext&),
                                         const MatrixView& x, const constraints::Supervision& supervision,
                                         const Options& options, const FitContext& context) {
  return fit_with_chosen_factor(x, std::get<Labels>(supervision), context,
                                [&](double factor, const MatrixView& rows,
                                    const constraints::Supervision& own_supervision, const FitContext& own_context) {
                                  Options own = options;
                                  own.perturbation->weight = factor > 0.0 ? Derivable::times(factor) : Derivable(0.0);
                                  return fit(rows, own_supervision, own, own_context);
                                });
}

}  // namespace holdfast::learners
