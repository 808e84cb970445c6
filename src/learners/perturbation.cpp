#include "holdfast/learners/perturbation.hpp"

#include <algorithm>

namespace holdfast::learners {
namespace {

constexpr double margin_quantile = 0.9;
constexpr double share_of_objective = 10.0;

/// The q-quantile of the values that are positive; 0 if there are none.
double positive_quantile(const Vector& values, double q) {
  std::vector<double> positive;
  std::copy_if(values.begin(), values.end(), std::back_inserter(positive), [](double value) { return value > 0.0; });
  if (positive.empty()) return 0.0;
  const auto at = positive.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(positive.size() - 1));
  std::nth_element(positive.begin(), at, positive.end());
  return *at;
}

}  // namespace

objectives::TripletTerm perturbation_term(const Perturbation& wanted, const objectives::TripletObjective& triplets,
                                          const MatrixView& map, double rest, FitReport& report) {
  const objectives::TripletGeometry geometry = triplets.geometry(map);
  const Vector margins = geometry.gap.binaryExpr(geometry.gradient_norm_squared, &objectives::adversarial_margin);
  double margin = wanted.margin.value.value_or(0.0);
  if (!wanted.margin.value) {
    // If no triplet has a margin, the term is constant for any tau.
    const double derived = positive_quantile(margins, margin_quantile);
    margin = wanted.margin.factor.value_or(1.0) * (derived > 0.0 ? derived : 1.0);
  }
  const objectives::PerturbationLoss loss{margin};
  double weight = wanted.weight.value.value_or(0.0);
  if (!wanted.weight.value) {
    double mean = 0.0;
    for (Index t = 0; t < margins.size(); ++t) mean += loss(geometry.gap[t], geometry.gradient_norm_squared[t]).value;
    mean /= static_cast<double>(std::max<Index>(margins.size(), 1));
    weight = wanted.weight.factor.value_or(1.0) * share_of_objective * rest / (mean > 0.0 ? mean : margin * margin);
  }
  report.derived.emplace_back("perturbation_weight", weight);
  report.derived.emplace_back("perturbation_margin", margin);
  return {loss, weight};
}

}  // namespace holdfast::learners
