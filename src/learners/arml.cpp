#include "holdfast/learners/arml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "holdfast/core/random.hpp"
#include "holdfast/linalg/products.hpp"
#include "learners/common_options.hpp"
#include "learners/fitting.hpp"
#include "learners/start_map.hpp"
#include "learners/weight_choice.hpp"

namespace holdfast::learners {
namespace {

using constraints::Triplet;
using constraints::TripletSet;
using objectives::TripletObjective;
using objectives::TripletTerm;

/// Consecutive draws without a better metric after which the fit has settled.
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
  // With one target per row the triplets list each row's impostors once.
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

/// The best map so far by the objective of a draw that it was not fitted to, which judges it honestly.
struct Best {
  Matrix map;
  double value = std::numeric_limits<double>::infinity();
  int without_gain = -1;  ///< consecutive draws without a better map; -1: no draw yet

  void judge(const Matrix& candidate, double its_value, double tolerance) {
    const bool better = without_gain < 0 || its_value < value - tolerance * std::abs(value);
    without_gain = better ? 0 : without_gain + 1;
    if (!(its_value < value)) return;
    value = its_value;
    map = candidate;
  }
};

}  // namespace

const OptionTable<ArmlOptions>& ArmlOptions::table() {
  static const OptionTable<ArmlOptions> options = {
      {neighbors_option(logarithmic(2, 20)), &ArmlOptions::neighbors},
      {impostors_option(logarithmic(2, 20)), &ArmlOptions::impostors},
      {with_labels(count("draws", "triplets drawn per row; all of them if a row has fewer",
                         at_least(1, "must be at least 1 triplet per row"))),
       &ArmlOptions::draws},
      {number("margin",
              "the adversarial margin to reach, in preprocessed units; inf: as large as possible; with "
              "prototypes finite, and derived by default",
              {[](double value) { return value > 0.0; }, "must be a number above 0, or inf"}),
       &ArmlOptions::margin},
      perturbation_option(&ArmlOptions::perturbation, Tuned::no),
      {rank_option(), &ArmlOptions::rank},
      {refresh_option(), &ArmlOptions::refresh},
      {max_iterations_option(), &ArmlOptions::max_iterations},
      {tolerance_option(), &ArmlOptions::tolerance},
  };
  return options;
}

Fit fit_arml(const MatrixView& rows, const constraints::Supervision& given_supervision, const ArmlOptions& options,
             const FitContext& context) {
  validate(options, rows.cols());
  if (chooses_weight(options.perturbation, given_supervision)) {
    return fit_with_chosen_weight(fit_arml, rows, given_supervision, options, context);
  }
  const auto [x, supervision] = sorted_rows(rows, given_supervision);
  const auto* labels = std::get_if<Labels>(&supervision);
  const bool redraws = labels != nullptr && options.refresh > 0;
  FitReport report;
  const std::vector<linalg::RowPair> near_pairs =
      near_pairs_of("arml", x, supervision, options.neighbors, report, context.observer);
  const Start start = without_classes(Start::automatic, options.rank, x.cols());
  Matrix map = start_map(x, supervision, near_pairs, options.rank, start, context, report);
  const CollapseCheck check{map.norm(), "use another method"};
  std::vector<TripletTerm> terms = {{objectives::MarginLoss{options.margin}, 1.0}};
  Best best{map};
  optim::Minimum total;
  for (std::uint64_t round = 0;; ++round) {
    TripletSet set;
    try {
      Random random(context.seed, round);
      set = labels ? draw_triplets(x, *labels, map, options, random, context.observer)
                   : std::get<TripletSet>(supervision);
    } catch (const Stopped&) {
      if (round == 0) throw;  // there is no metric yet
      total.reason = optim::StopReason::stopped;
      break;
    }
    report.n_triplets = static_cast<Index>(set.triplets.size());
    TripletObjective objective(x, set, 0.0, terms);
    if (round == 0 && options.perturbation && !options.perturbation->is_off()) {
      // The loss may be negative (minus a margin): its size counts.
      const double rest = std::abs(objective.value_at_map(map));
      terms.push_back(perturbation_term(*options.perturbation, objective, map, rest, report));
      objective.add(terms.back());
    }
    best.judge(map, objective.value_at_map(map), options.tolerance);
    if (round == 0) report.objective_at_start = best.value;
    const Index left = options.max_iterations - total.iterations;
    if (best.without_gain >= patience || left <= 0) {
      total.reason =
          left <= 0 && best.without_gain < patience ? optim::StopReason::iteration_limit : optim::StopReason::converged;
      break;
    }
    const Index before = total.iterations;
    continue_over_map(objective, redraws ? std::min(options.refresh, left) : left, options, context.observer, "arml",
                      map, total);
    total.iterations = std::max(total.iterations, before + 1);  // a draw without an iteration counts as one
    const double scale = near_scale(linalg::product_with_transpose(x, map), near_pairs);
    if (scale > 0.0) map /= std::sqrt(scale);
    if (!redraws || total.reason == optim::StopReason::stopped || total.reason == optim::StopReason::not_finite) {
      best = {map, total.value};
      break;
    }
  }
  total.value = best.value;
  return finish("arml", std::move(report), total, std::move(best.map), check);
}

}  // namespace holdfast::learners
