#include "learners/near_nca.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "holdfast/core/random.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/neighbors/clustered_index.hpp"
#include "holdfast/neighbors/exact_index.hpp"
#include "holdfast/objectives/near_nca_objective.hpp"
#include "learners/fitting.hpp"

namespace holdfast::learners {
namespace {

using objectives::NearNcaObjective;
using objectives::TripletObjective;

/// The nearest rows that each row is compared with.
constexpr Index near_rows = 20;
/// Iterations before the second search. The metric changes most at first: later searches follow after as many
/// iterations as all before them.
constexpr Index first_iterations = 10;

/// The nearest rows of every row under the metric of `map`, by groups where it pays.
NearNcaObjective::Candidates nearest_rows(const MatrixView& x, const Matrix& map, double recall,
                                          const Observer& observer) {
  using neighbors::ClusteredIndex;
  Matrix mapped = linalg::product_with_transpose(x, map);
  const Index k = std::min(near_rows, x.rows() - 1);
  std::vector<Index> everyone(static_cast<std::size_t>(x.rows()));
  std::iota(everyone.begin(), everyone.end(), Index{0});
  if (ClusteredIndex::suits(mapped)) {
    const ClusteredIndex index(mapped);
    const ClusteredIndex::Plan plan = index.plan(everyone, k, ClusteredIndex::Among::all, recall);
    if (plan.pays()) return index.search(everyone, k, ClusteredIndex::Among::all, plan.reach, observer).rows;
  }
  return neighbors::nearest(mapped, mapped, k, {.left_out = everyone, .observer = observer}).rows;
}

/// The value of the rows drawn against all rows, and the error of the near rows into the report.
double value_over_all_rows(const NearNcaObjective& nca, const Matrix& map, const Vector& weights, Index rows,
                           std::uint64_t seed, Index searches, FitReport& report) {
  const std::vector<Index> drawn = rows_to_tell_by(rows, seed);
  const Vector of_drawn = weights.size() > 0 ? Vector(weights(drawn)) : Vector::Ones(static_cast<Index>(drawn.size()));
  const auto mean = [&](const Vector& values) { return of_drawn.dot(values) / of_drawn.sum(); };
  const NearNcaObjective::Comparison at = nca.against_all_rows(map, drawn);
  const double left_out = mean(at.left_out);
  report.derived.emplace_back("near_rows", static_cast<double>(std::min(near_rows, rows - 1)));
  report.derived.emplace_back("share_left_out", left_out);
  report.log.push_back(fmt::format(
      "each row was compared with its {} nearest of {} rows, searched {} times; on {} rows drawn, NCA's objective is "
      "{:.6g} over these and {:.6g} over all rows, and the rows left out have {:.2g} of the softmax",
      std::min(near_rows, rows - 1), rows, searches, drawn.size(), mean(at.near), mean(at.all), left_out));
  return mean(at.all);
}

/// Adds the iterations of one set of near rows to `total`.
void minimize_stretch(const objectives::SumObjective& objective, double scale, const NcaOptions& options,
                      const Observer& observer, Matrix& map, optim::Minimum& total) {
  const Index wanted = std::max(first_iterations, total.iterations);
  const Index left = options.max_iterations - total.iterations;
  continue_over_map(objective, std::min(wanted, left), options, observer, "nca", map, total, scale);
}

}  // namespace

std::vector<Index> rows_to_tell_by(Index rows, std::uint64_t seed) {
  std::vector<Index> drawn = Random(seed).permutation(rows);
  drawn.resize(static_cast<std::size_t>(std::min(most_rows_at_once, rows)));
  std::ranges::sort(drawn);
  return drawn;
}

optim::Minimum minimize_over_near_rows(const MatrixView& x, const Labels& labels,
                                       const std::optional<TripletObjective>& robust, double scale,
                                       const NcaOptions& options, const FitContext& context, Matrix& map,
                                       FitReport& report) {
  const Vector weights = Eigen::Map<const Vector>(labels.weights.data(), static_cast<Index>(labels.weights.size()));
  optim::Minimum total;
  Observer observer = context.observer;
  for (Index searches = 1;; ++searches) {
    // A fit that is stopped or at its end searches once more, unseen, to tell its value.
    NearNcaObjective nca(x, labels.codes, nearest_rows(x, map, constraints::wanted_recall(options.search), observer),
                         weights);
    objectives::SumObjective objective;
    objective.add(1.0, nca);
    if (robust) objective.add(1.0, *robust);
    const bool ended = total.reason == optim::StopReason::stopped || total.reason == optim::StopReason::not_finite ||
                       total.iterations >= options.max_iterations;
    Matrix unused;
    const bool settled =
        searches > 1 && optim::has_converged(total.reason) &&
        std::abs(objective.value_and_gradient_at_map(map, unused) - total.value) <= options.tolerance * scale;
    if (ended || settled) {
      total.value = value_over_all_rows(nca, map, weights, x.rows(), context.seed, searches, report) +
                    (robust ? robust->value_at_map(map) : 0.0);
      return total;
    }
    minimize_stretch(objective, scale, options, context.observer, map, total);
    if (total.reason == optim::StopReason::stopped) observer = {};
  }
}

}  // namespace holdfast::learners
