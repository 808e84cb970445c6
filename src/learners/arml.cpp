#include "holdfast/learners/arml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "holdfast/core/random.hpp"
#include "holdfast/linalg/products.hpp"
#include "learners/common_options.hpp"
#include "learners/triplet_fit.hpp"

namespace holdfast::learners {
namespace {

using constraints::Triplet;
using constraints::TripletSet;
using objectives::TripletObjective;

/// Draws in a row without a better metric after which the fit has settled.
constexpr int patience = 2;

/// Draws triplets of every row among the nearest targets and impostors under the metric of `map`.
TripletSet draw_triplets(const Matrix& x, const Labels& labels, const Matrix& map, const ArmlOptions& options,
                         Random& random, const Observer& observer) {
  const Matrix mapped = linalg::product_with_transpose(x, map);
  const std::vector<linalg::RowPair> targets = constraints::target_pairs(mapped, labels, options.neighbors, observer);
  std::vector<linalg::RowPair> first_targets;
  for (const linalg::RowPair& pair : targets) {
    if (first_targets.empty() || first_targets.back().first != pair.first) first_targets.push_back(pair);
  }
  // With one target a row the triplets list each row's impostors once.
  const TripletSet lists =
      constraints::with_impostors(std::move(first_targets), mapped, labels, options.impostors, observer);
  std::vector<Triplet> drawn;
  std::size_t target = 0;
  for (std::size_t at = 0; at < lists.triplets.size();) {
    const std::int32_t anchor = lists.triplets[at].anchor;
    const std::size_t impostor = at;
    while (at < lists.triplets.size() && lists.triplets[at].anchor == anchor) ++at;
    const std::size_t first_target = target;
    while (target < targets.size() && targets[target].first == anchor) ++target;
    const auto js = static_cast<Index>(target - first_target);
    const auto ls = static_cast<Index>(at - impostor);
    const auto take = [&](Index j, Index l) {
      drawn.push_back({anchor, targets[first_target + static_cast<std::size_t>(j)].second,
                       lists.triplets[impostor + static_cast<std::size_t>(l)].impostor});
    };
    if (options.draws >= js * ls) {
      for (Index pair = 0; pair < js * ls; ++pair) take(pair / ls, pair % ls);
    } else {
      for (Index draw = 0; draw < options.draws; ++draw) {
        const Index j = random.below(js);
        take(j, random.below(ls));
      }
    }
  }
  return constraints::from_triplets(std::move(drawn));
}

}  // namespace

const OptionTable<ArmlOptions>& ArmlOptions::table() {
  static const OptionTable<ArmlOptions> options = {
      neighbors_option(&ArmlOptions::neighbors, SearchRange{2, 20, SearchRange::Scale::logarithmic}),
      impostors_option(&ArmlOptions::impostors, SearchRange{2, 20, SearchRange::Scale::logarithmic}),
      {{.name = "draws",
        .placeholder = "N",
        .help = "triplets drawn per row; all of them if a row has fewer",
        .bound = at_least(1, "must be at least 1 triplet per row")},
       &ArmlOptions::draws},
      {{.name = "margin",
        .placeholder = "X",
        .help = "the adversarial margin to reach, in preprocessed units; inf: as large as possible",
        .bound = {[](double value) { return value > 0.0; }, "must be a number above 0, or inf"}},
       &ArmlOptions::margin},
      perturbation_option(&ArmlOptions::perturbation, Tuned::no),
      rank_option(&ArmlOptions::rank),
      refresh_option(&ArmlOptions::refresh),
      max_iterations_option(&ArmlOptions::max_iterations),
      tolerance_option(&ArmlOptions::tolerance),
  };
  return options;
}

void ArmlOptions::validate(Index dimension) const {
  table().validate(*this);
  require_rank(rank, dimension);
}

Fit fit_arml(const MatrixView& rows, const constraints::Supervision& given_supervision, const ArmlOptions& options,
             const FitContext& context) {
  options.validate(rows.cols());
  const auto [x, supervision] = sorted_rows(rows, given_supervision);
  const auto* labels = std::get_if<Labels>(&supervision);
  const bool perturbed = options.perturbation && !options.perturbation->is_off();
  FitReport report;
  const std::vector<linalg::RowPair> near_pairs =
      near_pairs_of("arml", x, supervision, options.neighbors, report, context.observer);
  Matrix map = start_map(x, near_pairs, options.rank);
  const double start_norm = map.norm();
  std::optional<objectives::TripletTerm> perturbation;
  Matrix best = map;
  double best_value = std::numeric_limits<double>::infinity();
  int without_gain = 0;
  for (std::uint64_t round = 0;; ++round) {
    Random random(context.seed, round);
    TripletSet set;
    try {
      set = labels ? draw_triplets(x, *labels, map, options, random, context.observer)
                   : std::get<TripletSet>(supervision);
    } catch (const Stopped&) {
      if (round == 0) throw;  // there is no metric yet
      report.reason = optim::StopReason::stopped;
      break;
    }
    report.n_triplets = static_cast<Index>(set.triplets.size());
    TripletObjective objective(x, set, 0.0, {{objectives::MarginLoss{options.margin}, 1.0}});
    if (perturbed && round == 0) {
      // The loss may be negative (minus a margin): its size counts.
      perturbation = perturbation_term(*options.perturbation, objective, map, std::abs(objective.value(map)), report);
    }
    if (perturbation) objective.add(*perturbation);
    const double value = objective.value(map);
    if (round == 0) report.objective_at_start = value;
    // A fresh draw is an honest judge of the metric that older draws gave.
    const bool better = value < best_value - options.tolerance * std::abs(best_value) || round == 0;
    if (value < best_value) {
      best_value = value;
      best = map;
    }
    without_gain = better ? 0 : without_gain + 1;
    if (without_gain >= patience) {
      report.reason = optim::StopReason::converged;
      break;
    }
    const Index left = options.max_iterations - report.iterations;
    if (left <= 0) {
      report.reason = optim::StopReason::iteration_limit;
      break;
    }
    const bool redraws = labels != nullptr && options.refresh > 0;
    const optim::Minimum minimum = minimize_over_map(
        [&](const MatrixView& l, Matrix& gradient) { return objective.value_and_gradient(l, gradient); }, map,
        {.max_iterations = redraws ? std::min(options.refresh, left) : left, .tolerance = options.tolerance},
        continued(context.observer, report.iterations, options.max_iterations), "arml");
    const double scale = near_scale(linalg::product_with_transpose(x, map), near_pairs);
    if (scale > 0.0) map /= std::sqrt(scale);
    report.iterations += std::max<Index>(minimum.iterations, 1);
    report.evaluations += minimum.evaluations;
    if (!redraws || minimum.reason == optim::StopReason::stopped) {
      report.reason = minimum.reason;
      best_value = minimum.value;
      best = map;
      break;
    }
  }
  report.objective = best_value;
  conclude(best, start_norm, "use another method", report);
  return {metric::Metric::from_map(std::move(best)), std::move(report)};
}

}  // namespace holdfast::learners
