// The perturbation loss as an option of any learner over triplets.
#pragma once

#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/objectives/triplet_objective.hpp"

namespace holdfast::learners {

/// The perturbation term: weight / |T| * sum of [margin^2 - adversarial margin^2]+ (Yang et al., arXiv 2006.05945).
struct Perturbation {
  Derivable weight;  ///< lambda >= 0; 0 is no perturbation loss; with neither value nor factor: chosen, see below
  Derivable margin;  ///< tau > 0, in units of the preprocessed data

  [[nodiscard]] bool is_off() const { return weight.value == 0.0; }
  /// The value of the option `perturbation` and back: weight and margin; empty if the perturbation loss is off.
  // NOLINTNEXTLINE(google-explicit-constructor): a perturbation is the value of an option
  operator Derivables() const { return is_off() ? Derivables{} : Derivables{weight, margin}; }
  [[nodiscard]] static Perturbation of(const Derivables& parts) {
    return parts.empty() ? Perturbation{0.0, {}} : Perturbation{parts[0], parts[1]};
  }
};

/// The term with its derived numbers. tau is the 0.9 quantile of the triplets' adversarial margins under the metric
/// of `map`, so that nearly all triplets are asked for more than they have, yet for no more than the data show to be
/// possible. lambda makes the term at `map` ten times `rest`, the value there of the learner's objective without it.
/// Both follow the units of the data. The values go to the report's `derived`.
///
/// A learner whose weight is to be chosen and that learns from labels takes a share of this lambda, which it chooses on
/// rows left out (docs/methods/lmnn.md says how); the share goes to `derived` as `perturbation_factor`.
[[nodiscard]] objectives::TripletTerm perturbation_term(const Perturbation& wanted,
                                                        const objectives::TripletObjective& triplets,
                                                        const MatrixView& map, double rest, FitReport& report);

}  // namespace holdfast::learners
