// The perturbation loss as an option of any learner over triplets.
#pragma once

#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/objectives/triplet_objective.hpp"

namespace holdfast::learners {

/// The perturbation term: weight / |T| * sum of [margin^2 - adversarial margin^2]+ (Yang et al., arXiv 2006.05945).
struct Perturbation {
  Derivable weight;  ///< lambda >= 0; the number 0 is no perturbation loss
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
/// Both follow the units of the data. Chosen on eight data sets with lmnn (docs/methods/lmnn.md). The values go to the
/// report's `derived`.
[[nodiscard]] objectives::TripletTerm perturbation_term(const Perturbation& wanted,
                                                        const objectives::TripletObjective& triplets,
                                                        const MatrixView& map, double rest, FitReport& report);

}  // namespace holdfast::learners
