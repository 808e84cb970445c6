#include "learners/fitting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "holdfast/core/error.hpp"
#include "holdfast/learners/registry.hpp"
#include "holdfast/linalg/products.hpp"
#include "learners/start_map.hpp"

namespace holdfast::learners {
namespace {

/// Size of L, relative to its start, below which the metric says nothing any more.
constexpr double collapsed_share = 1e-4;

/// Warns of rows that have no target neighbours, or fewer than `neighbors`.
void warn_of_small_classes(const Labels& labels, Index neighbors, FitReport& report) {
  const std::vector<Index> counts = class_counts(labels);
  const auto small_classes = std::ranges::count_if(counts, [&](Index n) { return n > 1 && n <= neighbors; });
  const auto single = std::ranges::count(counts, Index{1});
  if (single == 1) {
    const auto code = static_cast<std::size_t>(std::ranges::find(counts, Index{1}) - counts.begin());
    report.warnings.push_back(
        fmt::format("class \"{}\" has a single row: it has no target neighbours and only serves as an impostor of the "
                    "others",
                    labels.names[code]));
  } else if (single > 1) {
    report.warnings.push_back(fmt::format(
        "{} of {} classes have a single row: such rows have no target neighbours and only serve as impostors "
        "of the others",
        single, counts.size()));
  }
  if (small_classes == 0) return;
  report.warnings.push_back(
      fmt::format("{} of {} classes have fewer than {} rows: their rows have fewer than {} target neighbours",
                  small_classes, counts.size(), neighbors + 1, neighbors));
}

}  // namespace

FitFailed not_finite(std::string_view method, Index iterations) {
  return FitFailed(fmt::format(
      "{}: the objective is not finite after {} iterations, so that there is no metric; if the columns hold "
      "very large or very small values, standardize them or divide them by a constant first",
      method, iterations));
}

constraints::Scatters scatters_of(std::string_view method, const MatrixView& x,
                                  const constraints::Supervision& supervision) {
  constraints::Scatters scatters;
  if (const auto* labels = std::get_if<Labels>(&supervision)) {
    scatters = constraints::scatters_from_labels(x, *labels);
  } else if (const auto* pairs = std::get_if<constraints::PairSet>(&supervision)) {
    scatters = constraints::scatters_from_pairs(x, *pairs);
  } else {
    refuse_supervision(method, supervision);
  }
  if (!scatters.similar.allFinite() || !scatters.dissimilar.allFinite()) throw not_finite(method, 0);
  return scatters;
}

const Labels& labels_of(std::string_view method, const constraints::Supervision& supervision) {
  if (const auto* labels = std::get_if<Labels>(&supervision)) return *labels;
  refuse_supervision(method, supervision);
}

std::vector<linalg::RowPair> near_pairs_of(std::string_view method, const MatrixView& x,
                                           const constraints::Supervision& supervision, Index targets,
                                           FitReport& report, const Observer& observer) {
  std::vector<linalg::RowPair> pairs;
  if (const auto* labels = std::get_if<Labels>(&supervision)) {
    constraints::ClassNeighbors search(x, *labels);
    pairs = constraints::target_pairs(search, {}, targets, observer);
    tell(search, report);
    warn_of_small_classes(*labels, targets, report);
  } else if (const auto* given = std::get_if<constraints::TripletSet>(&supervision)) {
    constraints::require_usable(*given, x.rows());
    pairs = given->near_pairs;
  } else {
    refuse_supervision(method, supervision);
  }
  if (!std::isfinite(near_scale(x, pairs))) throw not_finite(method, 0);
  return pairs;
}

constraints::TripletSet triplets_of(std::string_view method, const MatrixView& x,
                                    const constraints::Supervision& supervision,
                                    const constraints::NeighborhoodOptions& options, FitReport& report,
                                    const Observer& observer, const NeighborSearch& search) {
  constraints::TripletSet set;
  if (const auto* labels = std::get_if<Labels>(&supervision)) {
    constraints::ClassNeighbors near(x, *labels, search.recall);
    set.near_pairs = constraints::target_pairs(near, search.anchors, options.targets, observer);
    warn_of_small_classes(*labels, options.targets, report);
    if (!std::isfinite(near_scale(x, set.near_pairs))) throw not_finite(method, 0);
    set = constraints::with_impostors(std::move(set.near_pairs), near, options.impostors, observer);
    tell(near, report);
  } else {
    set.near_pairs = near_pairs_of(method, x, supervision, options.targets, report, observer);
    set.triplets = std::get<constraints::TripletSet>(supervision).triplets;
  }
  report.n_triplets = static_cast<Index>(set.triplets.size());
  return set;
}

void tell(const constraints::ClassNeighbors& search, FitReport& report) {
  report.log.insert(report.log.end(), search.log().begin(), search.log().end());
  if (search.measured_recall() == 1.0) return;
  const auto same = [](const auto& entry) { return entry.first == "neighbor_recall"; };
  const auto at = std::ranges::find_if(report.derived, same);
  if (at == report.derived.end()) {
    report.derived.emplace_back("neighbor_recall", search.measured_recall());
  } else {
    at->second = std::min(at->second, search.measured_recall());
  }
}

std::vector<Index> value_order(const MatrixView& x) {
  std::vector<Index> order(static_cast<std::size_t>(x.rows()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
    return std::lexicographical_compare(x.row(a).begin(), x.row(a).end(), x.row(b).begin(), x.row(b).end());
  });
  return order;
}

SortedRows sorted_rows(const MatrixView& x, const constraints::Supervision& supervision) {
  const std::vector<Index> order = value_order(x);
  SortedRows sorted{select_rows(x, order), supervision};
  if (auto* labels = std::get_if<Labels>(&sorted.supervision)) {
    const Labels given = *labels;
    // A wrong number of labels is refused where they are used.
    for (std::size_t row = 0; given.size() == x.rows() && row < order.size(); ++row) {
      labels->codes[row] = given.code(order[row]);
      if (!given.weights.empty()) labels->weights[row] = given.weights[static_cast<std::size_t>(order[row])];
    }
  } else if (auto* set = std::get_if<constraints::TripletSet>(&sorted.supervision)) {
    constraints::require_usable(*set, x.rows());
    std::vector<std::int32_t> place(order.size());
    for (std::size_t row = 0; row < order.size(); ++row)
      place[static_cast<std::size_t>(order[row])] = static_cast<std::int32_t>(row);
    const auto renumbered = [&](std::int32_t row) { return place[static_cast<std::size_t>(row)]; };
    for (constraints::Triplet& t : set->triplets) {
      t = {renumbered(t.anchor), renumbered(t.target), renumbered(t.impostor)};
    }
    *set = constraints::from_triplets(std::move(set->triplets));
  }
  return sorted;
}

optim::Minimum minimize_over_map_in_parts(const optim::StochasticEvaluator& evaluate_part, Matrix& map,
                                          const optim::StochasticOptions& options, const Observer& observer,
                                          std::string_view stage) {
  optim::Minimum minimum = optim::minimize_stochastic(evaluate_part, map.reshaped<Eigen::RowMajor>(),
                                                      optim::Unbounded(), options, observer, stage);
  map = Eigen::Map<const Matrix>(minimum.x.data(), map.rows(), map.cols());
  return minimum;
}

Observer continued(const Observer& observer, Index before, Index total) {
  if (!observer) return {};
  return [=](const Progress& progress) {
    return observer({progress.stage, before + progress.step, total, progress.value});
  };
}

Fit finish(std::string_view method, FitReport report, const optim::Minimum& minimum, Matrix map,
           const std::optional<CollapseCheck>& check) {
  if (minimum.reason == optim::StopReason::not_finite || !std::isfinite(minimum.value) || !map.allFinite()) {
    throw not_finite(method, minimum.iterations);
  }
  report.objective = minimum.value;
  report.iterations = minimum.iterations;
  report.evaluations = minimum.evaluations;
  report.reason = minimum.reason;
  report.log.push_back(fmt::format("iteration {}: {}", report.iterations, report.reason_text()));
  if (check && map.norm() < collapsed_share * check->start_norm) {
    report.warnings.push_back(fmt::format(
        "the metric collapsed to zero: the objective is smallest when all distances vanish; check the labels, "
        "or {}",
        check->remedy));
  }
  return {metric::Metric::from_map(std::move(map)), std::move(report)};
}

Fit finish_from_start(std::string_view method, FitReport report, optim::Minimum minimum, Matrix map,
                      const std::optional<CollapseCheck>& check) {
  minimum.iterations = std::max<Index>(minimum.iterations, 1);
  return finish(method, std::move(report), minimum, std::move(map), check);
}

void require_rank(Index rank, Index dimension) {
  if (rank >= 0 && rank <= dimension) return;
  throw InputError(Fault{.field = "rank",
                         .value = fmt::format("{}", rank),
                         .rule = fmt::format("must be between 1 and {}, the number of columns after preprocessing "
                                             "(0: all of them)",
                                             dimension)});
}

}  // namespace holdfast::learners
