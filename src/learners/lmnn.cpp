#include "holdfast/learners/lmnn.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "holdfast/linalg/products.hpp"
#include "holdfast/objectives/triplet_objective.hpp"
#include "learners/common_options.hpp"
#include "learners/fitting.hpp"
#include "learners/start_map.hpp"
#include "learners/weight_choice.hpp"

namespace holdfast::learners {
namespace {

using constraints::TripletSet;
using objectives::TripletObjective;
using objectives::TripletTerm;

/// Share of new triplets below which refreshed impostors have settled.
constexpr double settled_share = 1e-3;

/// Minimises over L for as many iterations as one set of impostors serves, and adds what that took to `total`. Returns
/// whether new impostors may follow.
bool minimize_stretch(const TripletObjective& objective, const LmnnOptions& options, const Observer& observer,
                      Matrix& map, optim::Minimum& total) {
  const Index left = options.max_iterations - total.iterations;
  continue_over_map(objective, options.refresh > 0 ? std::min(options.refresh, left) : left, options, observer, "lmnn",
                    map, total);
  const bool ends = total.reason == optim::StopReason::stopped || total.reason == optim::StopReason::not_finite;
  return options.refresh > 0 && !ends && total.iterations < options.max_iterations;
}

/// The weights of rows; none if all count the same.
std::span<const double> weights_of(const Labels* labels) {
  return labels != nullptr ? std::span<const double>(labels->weights) : std::span<const double>();
}

/// The weight of the pull: by default every pair and every triplet counts as its anchor does.
double pull_weight(const LmnnOptions& options, const TripletSet& set, std::span<const double> weights) {
  if (options.mu) return *options.mu;
  const auto weight_of = [&](std::int32_t anchor) {
    return weights.empty() ? 1.0 : weights[static_cast<std::size_t>(anchor)];
  };
  double pairs = 0.0;
  double triplets = 0.0;
  for (const linalg::RowPair& pair : set.near_pairs) pairs += weight_of(pair.first);
  for (const constraints::Triplet& triplet : set.triplets) triplets += weight_of(triplet.anchor);
  return pairs + triplets > 0.0 ? pairs / (pairs + triplets) : 0.0;
}

/// Pull and push over `set`, with the perturbation term if there is one.
TripletObjective objective_over(const MatrixView& x, const TripletSet& set, const LmnnOptions& options,
                                std::span<const double> weights, const std::optional<TripletTerm>& perturbation) {
  const double mu = pull_weight(options, set, weights);
  std::vector<TripletTerm> terms = {{objectives::HingeLoss{}, 1.0 - mu}};
  if (perturbation) terms.push_back(*perturbation);
  return {x, set, mu, std::move(terms), weights};
}

/// The triplets with those of the impostors under the metric of `map` added. Nothing if the impostors have settled, or
/// if the observer stops the search, which `total` then says.
std::optional<TripletSet> with_new_impostors(const TripletSet& set, const MatrixView& x, const Labels& labels,
                                             const LmnnOptions& options, const Matrix& map, const Observer& observer,
                                             optim::Minimum& total) {
  try {
    TripletSet refreshed =
        constraints::united(set, constraints::with_impostors(set.near_pairs, linalg::product_with_transpose(x, map),
                                                             labels, options.impostors, observer));
    const std::size_t added = refreshed.triplets.size() - set.triplets.size();
    // A few new triplets at every turn would go on for long without changing the metric.
    const bool settled = static_cast<double>(added) <= settled_share * static_cast<double>(set.triplets.size());
    if (settled && optim::has_converged(total.reason)) return std::nullopt;
    return refreshed;
  } catch (const Stopped&) {
    total.reason = optim::StopReason::stopped;
    return std::nullopt;
  }
}

}  // namespace

const OptionTable<LmnnOptions>& LmnnOptions::table() {
  static const OptionTable<LmnnOptions> options = {
      {neighbors_option(), &LmnnOptions::neighbors},
      {impostors_option(), &LmnnOptions::impostors},
      {number("mu",
              "weight of the pull; the push has 1 - mu; if absent, every pair and every triplet has the same weight",
              between(0.0, 1.0), logarithmic(0.02, 0.8)),
       &LmnnOptions::mu},
      perturbation_option(&LmnnOptions::perturbation, Tuned::yes),
      {rank_option(), &LmnnOptions::rank},
      start_option(&LmnnOptions::start),
      {refresh_option(), &LmnnOptions::refresh},
      {max_iterations_option(), &LmnnOptions::max_iterations},
      {tolerance_option(), &LmnnOptions::tolerance},
  };
  return options;
}

Fit fit_lmnn(const MatrixView& x, const constraints::Supervision& supervision, const LmnnOptions& options,
             const FitContext& context) {
  validate(options, x.cols());
  if (chooses_weight(options.perturbation, supervision)) {
    return fit_with_chosen_weight(fit_lmnn, x, supervision, options, context);
  }
  const auto* labels = std::get_if<Labels>(&supervision);
  const std::span<const double> weights = weights_of(labels);
  LmnnOptions own = options;
  if (labels == nullptr) own.refresh = 0;  // Given triplets stay as they are.
  FitReport report;
  TripletSet set =
      triplets_of("lmnn", x, supervision, {options.neighbors, options.impostors}, report, context.observer);
  Matrix map = start_map(x, supervision, set.near_pairs, options.rank, options.start, context, report);
  const CollapseCheck check{map.norm(), "lower `mu`"};
  std::optional<TripletTerm> perturbation;
  std::optional<TripletObjective> objective(objective_over(x, set, own, weights, perturbation));
  if (options.perturbation && !options.perturbation->is_off()) {
    perturbation = perturbation_term(*options.perturbation, *objective, map, objective->value_at_map(map), report);
    objective->add(*perturbation);
  }
  report.objective_at_start = objective->value_at_map(map);
  optim::Minimum total;
  while (minimize_stretch(*objective, own, context.observer, map, total)) {
    std::optional<TripletSet> refreshed = with_new_impostors(set, x, *labels, own, map, context.observer, total);
    if (!refreshed) break;
    report.log.push_back(fmt::format("iteration {}: {} new triplets, the objective changes", total.iterations,
                                     refreshed->triplets.size() - set.triplets.size()));
    set = *std::move(refreshed);
    report.n_triplets = static_cast<Index>(set.triplets.size());
    objective.emplace(objective_over(x, set, own, weights, perturbation));
  }
  if (!options.mu) report.derived.emplace_back("mu", pull_weight(own, set, weights));
  return finish("lmnn", std::move(report), total, std::move(map), check);
}

}  // namespace holdfast::learners
