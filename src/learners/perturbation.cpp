#include "holdfast/learners/perturbation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "holdfast/core/error.hpp"

namespace holdfast::learners {
namespace {

constexpr double margin_quantile = 0.9;
constexpr double share_of_objective = 10.0;

/// The q-quantile of the values that are positive; 0 where there are none.
double positive_quantile(const Vector& values, double q) {
  std::vector<double> positive;
  std::copy_if(values.begin(), values.end(), std::back_inserter(positive), [](double value) { return value > 0.0; });
  if (positive.empty()) return 0.0;
  const auto at = positive.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(positive.size() - 1));
  std::nth_element(positive.begin(), at, positive.end());
  return *at;
}

}  // namespace

void Perturbation::validate() const {
  if (weight && !(*weight >= 0.0 && std::isfinite(*weight))) {
    throw InputError(fmt::format("perturbation weight {}: must be a number of at least 0", *weight));
  }
  if (margin && !(*margin > 0.0 && std::isfinite(*margin))) {
    throw InputError(fmt::format("perturbation margin {}: must be a number above 0", *margin));
  }
}

objectives::PerturbationTerm derive_perturbation(const Perturbation& wanted,
                                                 const objectives::TripletObjective& objective, const MatrixView& map) {
  const objectives::TripletGeometry geometry = objective.geometry(map);
  Vector margins(geometry.gap.size());
  for (Index t = 0; t < margins.size(); ++t) {
    margins[t] = objectives::adversarial_margin(geometry.gap[t], geometry.steepness[t]);
  }
  objectives::PerturbationTerm term{};
  // Where no triplet has a margin at all the term is constant, and any tau does.
  const double derived_margin = positive_quantile(margins, margin_quantile);
  term.margin = wanted.margin.value_or(derived_margin > 0.0 ? derived_margin : 1.0);
  if (wanted.weight) {
    term.weight = *wanted.weight;
    return term;
  }
  const objectives::PerturbationLoss loss{term.margin};
  double mean = 0.0;
  for (Index t = 0; t < margins.size(); ++t) mean += loss(geometry.gap[t], geometry.steepness[t]).value;
  mean /= static_cast<double>(std::max<Index>(margins.size(), 1));
  const double rest = objective.value(map);
  term.weight = mean > 0.0 ? share_of_objective * rest / mean : share_of_objective * rest / (term.margin * term.margin);
  return term;
}

}  // namespace holdfast::learners
