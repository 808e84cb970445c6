#include "holdfast/learners/mlkr.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "holdfast/core/error.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/neighbors/exact_index.hpp"
#include "holdfast/objectives/mlkr_objective.hpp"
#include "learners/anchor_batches.hpp"
#include "learners/common_options.hpp"
#include "learners/fitting.hpp"
#include "learners/start_map.hpp"

namespace holdfast::learners {
namespace {

using objectives::MlkrObjective;

/// Rows whose nearest neighbours give the scale of the start.
constexpr Index most_scale_rows = 1000;
constexpr Index scale_neighbors = 3;

[[noreturn]] void refuse_targets(const MatrixView& x, const Vector& targets) {
  if (targets.size() != x.rows()) {
    throw InputError(Fault{.rule = fmt::format("there are {} labels for {} rows", targets.size(), x.rows()),
                           .remedy = "give one label per row"});
  }
  throw InputError(
      Fault{.rule = fmt::format("all {} rows have the label {}: there is nothing to predict", x.rows(), targets[0]),
            .remedy = "check that the label column is the right one"});
}

/// Some rows with their nearest neighbours.
std::vector<linalg::RowPair> nearest_pairs(const Matrix& x, const FitContext& context) {
  std::vector<Index> rows = Random(context.seed, 0).permutation(x.rows());
  rows.resize(static_cast<std::size_t>(std::min(most_scale_rows, x.rows())));
  const Index k = std::min(scale_neighbors, x.rows() - 1);
  const neighbors::Neighbors found =
      neighbors::nearest(select_rows(x, rows), x, k, {.left_out = rows, .observer = context.observer});
  std::vector<linalg::RowPair> pairs;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (Index j = 0; j < k; ++j) {
      pairs.push_back({static_cast<std::int32_t>(rows[i]), found.rows(static_cast<Index>(i), j)});
    }
  }
  return pairs;
}

/// Stochastic steps over L, each on the anchors drawn for it.
optim::Minimum minimize_in_batches(const MlkrObjective& mlkr, Index rows, Index batch, const MlkrOptions& options,
                                   const FitContext& context, Matrix& map) {
  const auto part = [&](Index step, const Vector& entries, Vector& gradient) {
    const objectives::AnchorBatch own(mlkr, drawn_anchors(rows, batch, context.seed, step + 1));
    return objectives::MapParametrization(own, map.rows(), map.cols())(entries, gradient);
  };
  return minimize_over_map_in_parts(
      part, map, {.max_iterations = options.max_iterations, .tolerance = options.tolerance}, context.observer, "mlkr");
}

}  // namespace

const OptionTable<MlkrOptions>& MlkrOptions::table() {
  static const OptionTable<MlkrOptions> options = {
      {rank_option(), &MlkrOptions::rank},           start_option(&MlkrOptions::start),
      {batch_option(), &MlkrOptions::batch},         {max_iterations_option(), &MlkrOptions::max_iterations},
      {tolerance_option(), &MlkrOptions::tolerance},
  };
  return options;
}

Fit fit_mlkr(const MatrixView& rows, const constraints::Supervision& given_supervision, const MlkrOptions& options,
             const FitContext& context) {
  validate(options, rows.cols());
  const auto [x, supervision] = sorted_rows(rows, labels_of("mlkr", given_supervision));
  const Vector targets = numeric_labels(std::get<Labels>(supervision), "mlkr");
  if (targets.size() != rows.rows() || targets.minCoeff() == targets.maxCoeff()) refuse_targets(rows, targets);
  FitReport report;
  const std::vector<linalg::RowPair> near = nearest_pairs(x, context);
  if (!std::isfinite(near_scale(x, near))) throw not_finite("mlkr", 0);
  const Start start = without_classes(options.start, options.rank, x.cols());
  Matrix map = start_map(x, supervision, near, options.rank, start, context, report);
  const CollapseCheck check{map.norm(), "use another method"};
  const MlkrObjective mlkr(x, targets);
  const Index batch = rows_per_step(options.batch, x.rows());
  Matrix unused;
  optim::Minimum minimum;
  if (batch == x.rows()) {
    report.objective_at_start = mlkr.value_and_gradient_at_map(map, unused);
    minimum = minimize_over_map(
        mlkr, map,
        {.max_iterations = options.max_iterations, .tolerance = options.tolerance, .scale = report.objective_at_start},
        context.observer, "mlkr");
  } else {
    report.objective_at_start =
        mlkr.value_and_gradient_at_map(map, drawn_anchors(x.rows(), batch, context.seed, 0), unused);
    minimum = minimize_in_batches(mlkr, x.rows(), batch, options, context, map);
    report.log.push_back(
        fmt::format("mini-batches of {} rows against all; the objective is the mean over the last of them", batch));
  }
  return finish_from_start("mlkr", std::move(report), minimum, std::move(map), check);
}

}  // namespace holdfast::learners
