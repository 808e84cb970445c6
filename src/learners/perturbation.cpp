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
  const auto require = [](bool holds, const std::string& message) {
    if (!holds) throw InputError(message);
  };
  if (weight.value) {
    require(*weight.value >= 0.0 && std::isfinite(*weight.value),
            fmt::format("perturbation weight {}: must be a number of at least 0", *weight.value));
  }
  if (margin.value) {
    require(*margin.value > 0.0 && std::isfinite(*margin.value),
            fmt::format("perturbation margin {}: must be a number above 0", *margin.value));
  }
  require(weight.factor >= 0.0 && std::isfinite(weight.factor),
          fmt::format("perturbation weight auto*{}: the factor must be a number of at least 0", weight.factor));
  require(margin.factor > 0.0 && std::isfinite(margin.factor),
          fmt::format("perturbation margin auto*{}: the factor must be a number above 0", margin.factor));
}

objectives::TripletTerm perturbation_term(const Perturbation& wanted, const objectives::TripletObjective& triplets,
                                          const MatrixView& map, double rest, FitReport& report) {
  const objectives::TripletGeometry geometry = triplets.geometry(map);
  Vector margins(geometry.gap.size());
  for (Index t = 0; t < margins.size(); ++t) {
    margins[t] = objectives::adversarial_margin(geometry.gap[t], geometry.steepness[t]);
  }
  double margin = wanted.margin.value.value_or(0.0);
  if (!wanted.margin.value) {
    // Where no triplet has a margin at all the term is constant, and any tau does.
    const double derived = positive_quantile(margins, margin_quantile);
    margin = wanted.margin.factor * (derived > 0.0 ? derived : 1.0);
  }
  const objectives::PerturbationLoss loss{margin};
  double weight = wanted.weight.value.value_or(0.0);
  if (!wanted.weight.value) {
    double mean = 0.0;
    for (Index t = 0; t < margins.size(); ++t) mean += loss(geometry.gap[t], geometry.steepness[t]).value;
    mean /= static_cast<double>(std::max<Index>(margins.size(), 1));
    weight = wanted.weight.factor * share_of_objective * rest / (mean > 0.0 ? mean : margin * margin);
  }
  report.derived.emplace_back("perturbation_weight", weight);
  report.derived.emplace_back("perturbation_margin", margin);
  return {loss, weight};
}

}  // namespace holdfast::learners
