#include "holdfast/learners/nca.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "holdfast/core/random.hpp"
#include "holdfast/objectives/nca_objective.hpp"
#include "holdfast/optim/minimize_stochastic.hpp"
#include "learners/common_options.hpp"
#include "learners/triplet_batches.hpp"
#include "learners/triplet_fit.hpp"

namespace holdfast::learners {
namespace {

using objectives::NcaObjective;
using objectives::TripletObjective;
using objectives::TripletTerm;

/// Rows up to which every step sees all of them; beyond, a step sees as many distances as it does there.
constexpr Index most_rows_at_once = 3000;

Index automatic_batch(Index rows) {
  return std::clamp<Index>(most_rows_at_once * most_rows_at_once / rows, 64, rows);
}

}  // namespace

const OptionTable<NcaOptions>& NcaOptions::table() {
  static const OptionTable<NcaOptions> options = {
      rank_option(&NcaOptions::rank),
      perturbation_option(&NcaOptions::perturbation, Tuned::yes),
      neighbors_option(&NcaOptions::neighbors),
      impostors_option(&NcaOptions::impostors),
      batch_option(&NcaOptions::batch),
      max_iterations_option(&NcaOptions::max_iterations, SearchRange{3, 300, SearchRange::Scale::logarithmic}),
      tolerance_option(&NcaOptions::tolerance),
  };
  return options;
}

void NcaOptions::validate(Index dimension) const {
  table().validate(*this);
  require_rank(rank, dimension);
}

Fit fit_nca(const MatrixView& rows, const constraints::Supervision& given_supervision, const NcaOptions& options,
            const FitContext& context) {
  options.validate(rows.cols());
  const auto [x, supervision] = sorted_rows(rows, labels_of("nca", given_supervision));
  const Labels& labels = std::get<Labels>(supervision);
  const bool perturbed = options.perturbation && !options.perturbation->is_off();
  FitReport report;
  // Without the perturbation loss only the start's scale needs neighbours, and no impostors.
  constraints::TripletSet set;
  if (perturbed) {
    set = triplets_of("nca", x, labels, {options.neighbors, options.impostors}, report, context.observer);
  } else {
    set.near_pairs = near_pairs_of("nca", x, labels, options.neighbors, report, context.observer);
  }
  Matrix map = start_map(x, set.near_pairs, options.rank);
  const double start_norm = map.norm();
  const NcaObjective nca(x, labels.codes);
  std::vector<Index> everyone(static_cast<std::size_t>(x.rows()));
  std::iota(everyone.begin(), everyone.end(), Index{0});
  std::optional<TripletObjective> robust;
  std::vector<TripletTerm> terms;

  const bool all_at_once = options.batch == 0 ? x.rows() <= most_rows_at_once : options.batch >= x.rows();
  const Index batch = all_at_once ? x.rows() : options.batch > 0 ? options.batch : automatic_batch(x.rows());
  const auto drawn = [&](Index step) {
    Random random(context.seed, static_cast<std::uint64_t>(step));
    std::vector<Index> anchors;
    for (Index i = 0; i < batch; ++i) anchors.push_back(random.below(x.rows()));
    return anchors;
  };
  Matrix gradient;
  const double rest = nca.value_and_gradient(map, all_at_once ? everyone : drawn(0), gradient);
  report.objective_at_start = rest;
  if (perturbed) {
    robust.emplace(x, set, 0.0, std::vector<TripletTerm>{});
    terms.push_back(perturbation_term(*options.perturbation, *robust, map, rest, report));
    robust->add(terms.front());
    report.objective_at_start += robust->value(map);
  }

  optim::Minimum minimum;
  if (all_at_once) {
    const MapObjective objective = [&](const MatrixView& l, Matrix& in_matrix) {
      double value = nca.value_and_gradient(l, everyone, in_matrix);
      if (robust) {
        Matrix more;
        value += robust->value_and_gradient(l, more);
        in_matrix += more;
      }
      return value;
    };
    minimum = minimize_over_map(
        objective, map,
        {.max_iterations = options.max_iterations, .tolerance = options.tolerance, .scale = report.objective_at_start},
        context.observer, "nca");
  } else {
    const TripletBatches batches(x, set);
    const Index rank = map.rows();
    const auto part = [&](Index step, const Vector& at, Vector& in_map) {
      const std::vector<Index> anchors = drawn(step + 1);
      const MapObjective objective = [&](const MatrixView& l, Matrix& in_matrix) {
        double value = nca.value_and_gradient(l, anchors, in_matrix);
        if (robust) {
          const TripletBatch own = batches.of(anchors);
          Matrix more;
          value += TripletObjective(own.x, own.set, 0.0, terms).value_and_gradient(l, more);
          in_matrix += more;
        }
        return value;
      };
      return over_map(objective, rank, x.cols())(at, in_map);
    };
    minimum = optim::minimize_stochastic(
        part, map.reshaped<Eigen::RowMajor>(),
        {.max_iterations = options.max_iterations, .tolerance = 10.0 * options.tolerance}, context.observer, "nca");
    map = Eigen::Map<const Matrix>(minimum.x.data(), rank, x.cols());
    report.log.push_back(
        fmt::format("mini-batches of {} rows against all; the objective is the mean over the last of them", batch));
  }
  report.objective = minimum.value;
  report.iterations = minimum.iterations;
  report.evaluations = minimum.evaluations;
  report.reason = minimum.reason;
  conclude(map, start_norm, "use another method", report);
  return {metric::Metric::from_map(std::move(map)), std::move(report)};
}

}  // namespace holdfast::learners
