// Shared steps of the fits: validation, supervision, start, minimization over L, result.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/constraints/scatters.hpp"
#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/objectives/parametrization.hpp"
#include "holdfast/optim/minimize.hpp"
#include "holdfast/optim/minimize_stochastic.hpp"

namespace holdfast::learners {

/// The error of a fit whose objective is not finite.
[[nodiscard]] FitFailed not_finite(std::string_view method, Index iterations);

/// The scatters of labels or pairs. Throws InputError for triplets, from which `method` cannot learn, and FitFailed if
/// the scatters overflow.
[[nodiscard]] constraints::Scatters scatters_of(std::string_view method, const MatrixView& x,
                                                const constraints::Supervision& supervision);

/// The labels. Throws InputError for pairs and triplets.
[[nodiscard]] const Labels& labels_of(std::string_view method, const constraints::Supervision& supervision);

/// How the neighbours of labelled rows are found.
struct NeighborSearch {
  double recall = 1.0;                  ///< ClassNeighbors
  std::span<const Index> anchors = {};  ///< rows that get neighbours, ascending; empty: all
};

/// The pairs that should be near: Euclidean neighbours of the same label, or the pairs of given triplets. Warnings
/// about small classes go to the report. Throws InputError for pairs as supervision, from which `method` cannot learn,
/// and FitFailed if the squared distances overflow.
[[nodiscard]] std::vector<linalg::RowPair> near_pairs_of(std::string_view method, const MatrixView& x,
                                                         const constraints::Supervision& supervision, Index targets,
                                                         FitReport& report, const Observer& observer);

/// The same with the triplets over them, whose number goes to the report.
[[nodiscard]] constraints::TripletSet triplets_of(std::string_view method, const MatrixView& x,
                                                  const constraints::Supervision& supervision,
                                                  const constraints::NeighborhoodOptions& options, FitReport& report,
                                                  const Observer& observer, const NeighborSearch& search = {});

/// How searches of many rows went, into the report: lines of its log, and `neighbor_recall` if it is below 1.
void tell(const constraints::ClassNeighbors& search, FitReport& report);

/// The rows in the order of their values; equal rows in their own order.
[[nodiscard]] std::vector<Index> value_order(const MatrixView& x);

/// Rows sorted by their values, with the supervision renumbered to them.
struct SortedRows {
  Matrix x;
  constraints::Supervision supervision;
};
/// For learners that draw at random: the draws, and so the metric, depend on the seed and not on the order of the rows.
[[nodiscard]] SortedRows sorted_rows(const MatrixView& x, const constraints::Supervision& supervision);

/// Minimises by L-BFGS over L from `map`, which becomes the best map found.
template <objectives::MapObjective Objective>
optim::Minimum minimize_over_map(const Objective& objective, Matrix& map, const optim::MinimizeOptions& options,
                                 const Observer& observer, std::string_view stage) {
  optim::Minimum minimum = optim::minimize(objectives::MapParametrization(objective, map.rows(), map.cols()),
                                           map.reshaped<Eigen::RowMajor>(), options, observer, stage);
  map = Eigen::Map<const Matrix>(minimum.x.data(), map.rows(), map.cols());
  return minimum;
}

/// Reports steps as those after `before`, of `total`.
[[nodiscard]] Observer continued(const Observer& observer, Index before, Index total);

/// Minimises over L by stochastic steps from `map`, which becomes the mean of the last ones. `evaluate_part(step, l,
/// gradient)` returns the value of the part drawn for that step, and its gradient in the entries of L.
[[nodiscard]] optim::Minimum minimize_over_map_in_parts(const optim::StochasticEvaluator& evaluate_part, Matrix& map,
                                                        const optim::StochasticOptions& options,
                                                        const Observer& observer, std::string_view stage);

/// Minimises over L again, for at most `iterations` of the `options.max_iterations` in all; iterations and evaluations
/// are added to those of `total`. The tolerance is relative to the value, or to `scale` if that is larger.
template <objectives::MapObjective Objective, class Options>
void continue_over_map(const Objective& objective, Index iterations, const Options& options, const Observer& observer,
                       std::string_view stage, Matrix& map, optim::Minimum& total, double scale = 0.0) {
  optim::Minimum minimum =
      minimize_over_map(objective, map, {.max_iterations = iterations, .tolerance = options.tolerance, .scale = scale},
                        continued(observer, total.iterations, options.max_iterations), stage);
  minimum.iterations += total.iterations;
  minimum.evaluations += total.evaluations;
  total = std::move(minimum);
}

/// The size of L at the start, and what to do if the metric has shrunk to nothing beside it.
struct CollapseCheck {
  double start_norm;
  std::string_view remedy;
};

/// Finishes every iterative fit: the end of the iterations goes to the report, the map becomes the metric. Throws
/// FitFailed if anything of it is not finite.
[[nodiscard]] Fit finish(std::string_view method, FitReport report, const optim::Minimum& minimum, Matrix map,
                         const std::optional<CollapseCheck>& check = {});

/// The same of a learner whose start, such as its prior, may be the minimum already: the look that finds nothing to do
/// counts as an iteration.
[[nodiscard]] Fit finish_from_start(std::string_view method, FitReport report, optim::Minimum minimum, Matrix map,
                                    const std::optional<CollapseCheck>& check = {});

/// Throws InputError for a rank that is not between 0 and the number of columns.
void require_rank(Index rank, Index dimension);

/// Throws InputError that names option, value and bound, for data of `dimension` columns.
template <class Options>
void validate(const Options& options, Index dimension) {
  Options::table().validate(options);
  require_rank(options.rank, dimension);
}

}  // namespace holdfast::learners
