#include "holdfast/learners/lmnn.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "holdfast/core/error.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/objectives/triplet_objective.hpp"
#include "learners/common_options.hpp"
#include "learners/triplet_fit.hpp"

namespace holdfast::learners {
namespace {

using constraints::TripletSet;
using objectives::TripletObjective;
using objectives::TripletTerm;

/// Share of new triplets below which refreshed impostors have settled.
constexpr double settled_share = 1e-3;

}  // namespace

const OptionTable<LmnnOptions>& LmnnOptions::table() {
  static const OptionTable<LmnnOptions> options = {
      neighbors_option(&LmnnOptions::neighbors),
      impostors_option(&LmnnOptions::impostors),
      {{.name = "mu",
        .placeholder = "X",
        .help = "weight of the pull; the push has 1 - mu",
        .bound = between(0.0, 1.0),
        .search = SearchRange{0.05, 0.8}},
       &LmnnOptions::mu},
      perturbation_option(&LmnnOptions::perturbation, Tuned::yes),
      rank_option(&LmnnOptions::rank),
      refresh_option(&LmnnOptions::refresh),
      max_iterations_option(&LmnnOptions::max_iterations),
      tolerance_option(&LmnnOptions::tolerance),
  };
  return options;
}

void LmnnOptions::validate(Index dimension) const {
  table().validate(*this);
  require_rank(rank, dimension);
}

Fit fit_lmnn(const MatrixView& x, const constraints::Supervision& supervision, const LmnnOptions& options,
             const FitContext& context) {
  options.validate(x.cols());
  const auto* labels = std::get_if<Labels>(&supervision);
  if (options.refresh != 0 && labels == nullptr) {
    throw InputError(Fault{.field = "refresh",
                           .value = fmt::format("{}", options.refresh),
                           .rule = "needs labels, to find new impostors by; given triplets stay as they are"});
  }
  const bool perturbed = options.perturbation && !options.perturbation->is_off();
  FitReport report;
  TripletSet set =
      triplets_of("lmnn", x, supervision, {options.neighbors, options.impostors}, report, context.observer);
  Matrix map = start_map(x, set.near_pairs, options.rank);
  const double start_norm = map.norm();
  std::optional<TripletTerm> perturbation;
  bool first = true;
  while (true) {
    TripletObjective objective(x, set, options.mu, {{objectives::HingeLoss{}, 1.0 - options.mu}});
    if (perturbed && first) {
      perturbation = perturbation_term(*options.perturbation, objective, map, objective.value(map), report);
    }
    if (perturbation) objective.add(*perturbation);
    if (first) report.objective_at_start = objective.value(map);
    const Index left = options.max_iterations - report.iterations;
    const Index stretch = options.refresh > 0 ? std::min(options.refresh, left) : left;
    const optim::Minimum minimum = minimize_over_map(
        [&](const MatrixView& l, Matrix& gradient) { return objective.value_and_gradient(l, gradient); }, map,
        {.max_iterations = stretch, .tolerance = options.tolerance},
        continued(context.observer, report.iterations, options.max_iterations), "lmnn");
    report.objective = minimum.value;
    report.iterations += minimum.iterations;
    report.evaluations += minimum.evaluations;
    report.reason = minimum.reason;
    const bool ended = minimum.reason == optim::StopReason::stopped || report.iterations >= options.max_iterations;
    if (options.refresh == 0 || ended) break;
    TripletSet refreshed =
        constraints::united(set, constraints::with_impostors(set.near_pairs, linalg::product_with_transpose(x, map),
                                                             *labels, options.impostors));
    const std::size_t added = refreshed.triplets.size() - set.triplets.size();
    // A few new triplets at every turn would go on for long without changing the metric.
    if (static_cast<double>(added) <= settled_share * static_cast<double>(set.triplets.size()) &&
        optim::has_converged(minimum.reason)) {
      break;
    }
    set = std::move(refreshed);
    report.n_triplets = static_cast<Index>(set.triplets.size());
    report.log.push_back(fmt::format("iteration {}: {} new triplets, the objective changes", report.iterations, added));
    first = false;
  }
  conclude(map, start_norm, "lower `mu`", report);
  return {metric::Metric::from_map(std::move(map)), std::move(report)};
}

}  // namespace holdfast::learners
