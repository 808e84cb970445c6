#include "holdfast/learners/lmnn.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "holdfast/constraints/triplets.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/learners/perturbation.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"
#include "holdfast/objectives/triplet_objective.hpp"

namespace holdfast::learners {
namespace {

using constraints::TripletSet;
using objectives::TripletObjective;
using objectives::TripletTerm;

/// Share of new triplets below which refreshed impostors have settled.
constexpr double settled_share = 1e-3;

/// Size of L, relative to its start, below which the metric says nothing any more.
constexpr double collapsed_share = 1e-4;

/// The identity, or the leading principal directions of x for a smaller rank, scaled so that the mean squared distance
/// to a target is 1: the scale at which the hinge's margin of 1 means something, whatever the units of the data.
Matrix start_map(const Matrix& x, const TripletSet& set, Index rank) {
  const Index d = x.cols();
  Matrix map = Matrix::Identity(d, d);
  if (rank != 0 && rank != d) {
    const Matrix centred = x.rowwise() - x.colwise().mean();
    const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(linalg::transpose_product(centred, centred));
    map = eigen.vectors.rightCols(rank).rowwise().reverse().transpose();
  }
  const Matrix mapped = linalg::product_with_transpose(x, map);
  double near = 0.0;
  for (const linalg::RowPair& pair : set.near_pairs)
    near += (mapped.row(pair.first) - mapped.row(pair.second)).squaredNorm();
  near /= static_cast<double>(set.near_pairs.size());
  if (near > 0.0) return map / std::sqrt(near);
  // Every target is a duplicate of its row: the spread of the data sets the scale instead.
  const double spread = (x.rowwise() - x.colwise().mean()).squaredNorm() / static_cast<double>(x.rows());
  return spread > 0.0 ? Matrix(map / std::sqrt(spread)) : map;
}

/// Says which rows have no target neighbours, or fewer than asked for.
void warn_of_small_classes(const Labels& labels, Index neighbors, FitReport& report) {
  for (const std::string& name : constraints::classes_of_one(labels)) {
    report.warnings.push_back(
        fmt::format("class \"{}\" has a single row: it has no target neighbours and only serves as "
                    "an impostor of the others",
                    name));
  }
  const std::vector<Index> counts = class_counts(labels);
  const auto short_of =
      std::count_if(counts.begin(), counts.end(), [&](Index rows) { return rows > 1 && rows <= neighbors; });
  if (short_of > 0) {
    report.warnings.push_back(
        fmt::format("{} of {} classes have fewer than {} rows: their rows have fewer than {} target "
                    "neighbours",
                    short_of, counts.size(), neighbors + 1, neighbors));
  }
}

/// Minimises over L from `map`, which becomes the best map found.
optim::Minimum minimize_over_map(const TripletObjective& objective, Matrix& map, const optim::MinimizeOptions& options,
                                 const Observer& observer) {
  const Index r = map.rows();
  const Index d = map.cols();
  Matrix in_matrix;  // df/dM
  const auto function = [&](const Vector& at, Vector& gradient) {
    const Eigen::Map<const Matrix> l(at.data(), r, d);
    const double value = objective.value_and_gradient(l, in_matrix);
    Eigen::Map<Matrix>(gradient.data(), r, d) = 2.0 * linalg::product(l, in_matrix);
    return value;
  };
  optim::Minimum minimum = optim::minimize(function, map.reshaped<Eigen::RowMajor>(), options, observer, "lmnn");
  map = Eigen::Map<const Matrix>(minimum.x.data(), r, d);
  return minimum;
}

}  // namespace

void LmnnOptions::validate(Index dimension) const {
  const auto require = [](bool holds, const std::string& message) {
    if (!holds) throw InputError(message);
  };
  require(neighbors >= 1, fmt::format("neighbors {}: must be at least 1", neighbors));
  require(impostors >= 1, fmt::format("impostors {}: must be at least 1", impostors));
  require(mu >= 0.0 && mu <= 1.0, fmt::format("mu {}: must be between 0 and 1", mu));
  require(rank >= 0 && rank <= dimension,
          fmt::format("rank {}: must be between 1 and {}, the number of columns after preprocessing (0: all of them)",
                      rank, dimension));
  require(refresh >= 0, fmt::format("refresh {}: must be at least 0 iterations (0: never)", refresh));
  require(max_iterations >= 1, fmt::format("max-iterations {}: must be at least 1", max_iterations));
  require(tolerance > 0.0 && tolerance < 1.0, fmt::format("tolerance {}: must be above 0 and below 1", tolerance));
  if (perturbation) perturbation->validate();
}

Fit fit_lmnn(const Matrix& x, const Labels& labels, const LmnnOptions& options, const Observer& observer) {
  options.validate(x.cols());
  FitReport report;
  TripletSet set = constraints::triplets_from_labels(x, labels, {options.neighbors, options.impostors}, observer);
  report.n_triplets = static_cast<Index>(set.triplets.size());
  warn_of_small_classes(labels, options.neighbors, report);
  Matrix map = start_map(x, set, options.rank);
  const double start_norm = map.norm();
  std::optional<TripletTerm> perturbation;
  bool first = true;
  while (true) {
    TripletObjective objective(x, set, options.mu, {{objectives::HingeLoss{}, 1.0 - options.mu}});
    if (options.perturbation && first) {
      const objectives::PerturbationTerm term = derive_perturbation(*options.perturbation, objective, map);
      report.derived = {{"perturbation_weight", term.weight}, {"perturbation_margin", term.margin}};
      perturbation = {objectives::PerturbationLoss{term.margin}, term.weight};
    }
    if (perturbation) objective.add(*perturbation);
    if (first) report.objective_at_start = objective.value(map);
    const Index left = options.max_iterations - report.iterations;
    const Index stretch = options.refresh > 0 ? std::min(options.refresh, left) : left;
    const Index before = report.iterations;
    const Observer counted = !observer ? Observer{} : [&](const Progress& progress) {
      return observer({progress.stage, before + progress.step, options.max_iterations, progress.value});
    };
    const optim::Minimum minimum = minimize_over_map(objective, map, {stretch, options.tolerance}, counted);
    report.objective = minimum.value;
    report.iterations += minimum.iterations;
    report.evaluations += minimum.evaluations;
    report.reason = minimum.reason;
    const bool ended = minimum.reason == optim::StopReason::stopped || report.iterations >= options.max_iterations;
    if (options.refresh == 0 || ended) break;
    TripletSet refreshed = constraints::united(
        set,
        constraints::with_impostors(set.near_pairs, linalg::product_with_transpose(x, map), labels, options.impostors));
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
  report.log.push_back(fmt::format("iteration {}: {}", report.iterations, report.reason_text()));
  if (map.norm() < collapsed_share * start_norm) {
    report.warnings.emplace_back(
        "the metric has shrunk to zero: no distance separates these labels better than none; check the "
        "labels, or lower --mu");
  }
  return {metric::Metric::from_map(std::move(map)), std::move(report)};
}

}  // namespace holdfast::learners
