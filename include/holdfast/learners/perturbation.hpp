// The perturbation loss as an option of any learner over triplets.
#pragma once

#include <optional>

#include "holdfast/objectives/triplet_objective.hpp"

namespace holdfast::learners {

/// The perturbation term: weight / |T| * sum of [margin^2 - adversarial margin^2]+ (Yang et al., arXiv 2006.05945).
struct Perturbation {
  std::optional<double> weight;  ///< lambda >= 0; absent: derived from the data
  std::optional<double> margin;  ///< tau > 0, in units of the preprocessed data; absent: derived from the data

  /// Throws InputError that names field, value and bound.
  void validate() const;
};

/// Fills in what is absent. tau is the 0.9 quantile of the triplets' adversarial margins under the metric of `map`, so
/// that nearly all triplets are asked for more than they have, yet for no more than the data show to be possible.
/// lambda makes the term at `map` ten times the rest of the objective there. Both follow the units of the data.
/// `objective` is the learner's own, without the term. Chosen on eight data sets (docs/lmnn-pl.md).
[[nodiscard]] objectives::PerturbationTerm derive_perturbation(const Perturbation& wanted,
                                                               const objectives::TripletObjective& objective,
                                                               const MatrixView& map);

}  // namespace holdfast::learners
