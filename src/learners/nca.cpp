#include "holdfast/learners/nca.hpp"

#include <fmt/format.h>

#include <optional>

#include "holdfast/objectives/nca_objective.hpp"
#include "learners/anchor_batches.hpp"
#include "learners/common_options.hpp"
#include "learners/fitting.hpp"
#include "learners/near_nca.hpp"
#include "learners/start_map.hpp"
#include "learners/triplet_batches.hpp"
#include "learners/weight_choice.hpp"

namespace holdfast::learners {
namespace {

using objectives::NcaObjective;
using objectives::TripletObjective;
using objectives::TripletTerm;

/// Stochastic steps over L, each on the anchors drawn for it: nca over them, and `terms` over their triplets.
optim::Minimum minimize_in_batches(const NcaObjective& nca, const TripletBatches& batches,
                                   const std::vector<TripletTerm>& terms, const std::vector<double>& weights,
                                   Index batch, const NcaOptions& options, const FitContext& context, Matrix& map) {
  const auto part = [&](Index step, const Vector& entries, Vector& gradient) {
    const std::vector<Index> anchors = drawn_anchors(batches.rows(), batch, context.seed, step + 1);
    objectives::SumObjective objective;
    const objectives::AnchorBatch own(nca, anchors);
    objective.add(1.0, own);
    TripletBatch triplets;
    std::vector<double> own_weights;
    std::optional<TripletObjective> robust;
    if (!terms.empty()) {
      triplets = batches.of(anchors);
      for (const Index row : triplets.rows) {
        if (!weights.empty()) own_weights.push_back(weights[static_cast<std::size_t>(row)]);
      }
      objective.add(1.0, robust.emplace(triplets.x, triplets.set, 0.0, terms, own_weights));
    }
    return objectives::MapParametrization(objective, map.rows(), map.cols())(entries, gradient);
  };
  return minimize_over_map_in_parts(part, map,
                                    {.max_iterations = options.max_iterations, .tolerance = 10.0 * options.tolerance},
                                    context.observer, "nca");
}

/// What each row is compared with, and how many rows take part in a step.
enum class Way { all_rows, near_rows, batches };

Way way_of(Index batch, Index rows) {
  if (batch == 0) return rows > most_rows_at_once ? Way::near_rows : Way::all_rows;
  return batch < rows ? Way::batches : Way::all_rows;
}

/// The objective at the start: of all rows, of those by which near rows are told, or of the first batch.
double value_at_start(const NcaObjective& nca, Way way, Index rows, const NcaOptions& options,
                      const FitContext& context, const Matrix& map) {
  Matrix unused;
  if (way == Way::all_rows) return nca.value_and_gradient_at_map(map, unused);
  return nca.value_and_gradient_at_map(
      map,
      way == Way::near_rows ? rows_to_tell_by(rows, context.seed) : drawn_anchors(rows, options.batch, context.seed, 0),
      unused);
}

optim::Minimum minimize_over_all_rows(const NcaObjective& nca, const std::optional<TripletObjective>& robust,
                                      double scale, const NcaOptions& options, const FitContext& context, Matrix& map) {
  objectives::SumObjective objective;
  objective.add(1.0, nca);
  if (robust) objective.add(1.0, *robust);
  return minimize_over_map(objective, map,
                           {.max_iterations = options.max_iterations, .tolerance = options.tolerance, .scale = scale},
                           context.observer, "nca");
}

/// Every metric has the same expected error: the start.
Fit unlearned_nca(const MatrixView& x, const constraints::Supervision& supervision, const NcaOptions& options,
                  const FitContext& context) {
  FitReport report;
  report.warnings.emplace_back(
      "there is nothing to learn: nca needs rows of two classes or more, and two rows of a class; the metric is the "
      "one to start from");
  Matrix map = start_map(x, supervision, {}, options.rank, options.start, context, report);
  if (!map.allFinite()) throw not_finite("nca", 0);
  return {metric::Metric::from_map(std::move(map)), std::move(report)};
}

}  // namespace

const OptionTable<NcaOptions>& NcaOptions::table() {
  static const OptionTable<NcaOptions> options = {
      {rank_option(), &NcaOptions::rank},
      start_option(&NcaOptions::start),
      perturbation_option(&NcaOptions::perturbation, Tuned::yes),
      {neighbors_option(), &NcaOptions::neighbors},
      {impostors_option(), &NcaOptions::impostors},
      {batch_option("rows per step, each compared with all others; 0: all rows, each compared with its nearest alone "
                    "if they are many"),
       &NcaOptions::batch},
      search_option(&NcaOptions::search),
      {max_iterations_option(logarithmic(3, 300)), &NcaOptions::max_iterations},
      {tolerance_option(), &NcaOptions::tolerance},
  };
  return options;
}

Fit fit_nca(const MatrixView& rows, const constraints::Supervision& given_supervision, const NcaOptions& options,
            const FitContext& context) {
  validate(options, rows.cols());
  const Labels& given = labels_of("nca", given_supervision);
  if (given.size() == rows.rows() && !constraints::is_separable(given)) {
    return unlearned_nca(rows, given_supervision, options, context);
  }
  if (chooses_weight(options.perturbation, given_supervision)) {
    return fit_with_chosen_weight(fit_nca, rows, given_supervision, options, context);
  }
  const auto [x, supervision] = sorted_rows(rows, given_supervision);
  const Labels& labels = std::get<Labels>(supervision);
  const bool perturbed = options.perturbation && !options.perturbation->is_off();
  FitReport report;
  // Without the perturbation loss only the start's scale needs neighbours, and no impostors.
  constraints::TripletSet set;
  if (perturbed) {
    set = triplets_of("nca", x, supervision, {options.neighbors, options.impostors}, report, context.observer,
                      {.recall = constraints::wanted_recall(options.search)});
  } else {
    set.near_pairs = near_pairs_of("nca", x, supervision, options.neighbors, report, context.observer);
  }
  Matrix map = start_map(x, supervision, set.near_pairs, options.rank, options.start, context, report);
  const CollapseCheck check{map.norm(), "use another method"};
  const Vector weights = Eigen::Map<const Vector>(labels.weights.data(), static_cast<Index>(labels.weights.size()));
  const NcaObjective nca(x, labels.codes, weights);
  const Way way = way_of(options.batch, x.rows());
  const double rest = value_at_start(nca, way, x.rows(), options, context, map);
  report.objective_at_start = rest;
  std::vector<TripletTerm> terms;
  std::optional<TripletObjective> robust;
  if (perturbed) {
    robust.emplace(x, set, 0.0, terms, labels.weights);
    terms.push_back(perturbation_term(*options.perturbation, *robust, map, rest, report));
    robust->add(terms.front());
    report.objective_at_start += robust->value_at_map(map);
  }
  optim::Minimum minimum;
  if (way == Way::all_rows) {
    minimum = minimize_over_all_rows(nca, robust, report.objective_at_start, options, context, map);
  } else if (way == Way::near_rows) {
    minimum = minimize_over_near_rows(x, labels, robust, report.objective_at_start, options, context, map, report);
  } else {
    minimum = minimize_in_batches(nca, {x, set}, terms, labels.weights, options.batch, options, context, map);
    report.log.push_back(fmt::format(
        "mini-batches of {} rows against all; the objective is the mean over the last of them", options.batch));
  }
  return finish("nca", std::move(report), minimum, std::move(map), check);
}

}  // namespace holdfast::learners
