#include "holdfast/learners/itml.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "holdfast/core/random.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/row_distance.hpp"
#include "holdfast/objectives/bound_objective.hpp"
#include "learners/common_options.hpp"
#include "learners/fitting.hpp"
#include "learners/pair_learning.hpp"
#include "learners/prior.hpp"

namespace holdfast::learners {
namespace {

/// The stream of random numbers for the distances; the pairs are drawn from stream 0.
constexpr std::uint64_t distance_stream = 1;
/// Distances whose percentiles become the bounds: all up to this number, else as many drawn at random.
constexpr Index most_distances = 50'000;
constexpr double near_percentile = 0.05;
constexpr double far_percentile = 0.95;
/// The least near bound relative to the far one: many duplicates would make it 0, which no metric keeps.
constexpr double least_near = 1e-3;

/// The value at a share of the sorted sequence, between neighbours linearly.
double percentile(std::vector<double>& values, double share) {
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin(), at, values.end());
  if (below + 1 == values.size()) return *at;
  const double next = *std::min_element(at + 1, values.end());
  return *at + (place - static_cast<double>(below)) * (next - *at);
}

std::vector<double> some_distances(const Matrix& x, std::uint64_t seed) {
  const Index n = x.rows();
  const auto distance = [&](Index a, Index b) {
    return linalg::euclidean_distance(x.row(a).data(), x.row(b).data(), x.cols());
  };
  std::vector<double> distances;
  if (n <= most_distances && n * (n - 1) / 2 <= most_distances) {
    for (Index a = 0; a < n; ++a) {
      for (Index b = a + 1; b < n; ++b) distances.push_back(distance(a, b));
    }
    return distances;
  }
  Random random(seed, distance_stream);
  while (static_cast<Index>(distances.size()) < most_distances) {
    const Index a = random.below(n);
    const Index b = random.below(n);
    if (a != b) distances.push_back(distance(a, b));
  }
  return distances;
}

/// u and l, as distances.
struct Bounds {
  double near;
  double far;
};

Bounds bounds_of(const Matrix& x, const ItmlOptions& options, std::uint64_t seed, FitReport& report) {
  if (options.near && options.far) return {*options.near, *options.far};
  std::vector<double> distances = some_distances(x, seed);
  const double far = options.far ? *options.far : percentile(distances, far_percentile);
  const double near = options.near ? *options.near : std::max(percentile(distances, near_percentile), least_near * far);
  if (!options.near) report.derived.emplace_back("near_used", near);
  if (!options.far) report.derived.emplace_back("far_used", far);
  return {near, far};
}

}  // namespace

const OptionTable<ItmlOptions>& ItmlOptions::table() {
  static const OptionTable<ItmlOptions> options = {
      {number("gamma", "price of a pair that violates its bound; the larger, the closer to the bounds", above(0.0),
              logarithmic(1e-3, 1e2)),
       &ItmlOptions::gamma},
      {number("near", "largest distance of similar pairs; default: the 5th percentile of all distances", above(0.0)),
       &ItmlOptions::near},
      {number("far", "smallest distance of dissimilar pairs; default: the 95th percentile of all distances",
              above(0.0)),
       &ItmlOptions::far},
      prior_option(&ItmlOptions::prior),
      {constraints_option(), &ItmlOptions::constraints},
      {max_iterations_option(), &ItmlOptions::max_iterations},
      {tolerance_option(), &ItmlOptions::tolerance},
  };
  return options;
}

Fit fit_itml(const MatrixView& x, const constraints::Supervision& supervision, const ItmlOptions& options,
             const FitContext& context) {
  ItmlOptions::table().validate(options);
  FitReport report;
  CountedPairs counted = pairs_of("itml", x, supervision, options.constraints, context.seed, report);
  const Matrix prior = prior_metric(counted.x, options.prior, context).factor;
  if (context.prior != nullptr || options.prior != Prior::identity)
    counted.x = linalg::product_with_transpose(counted.x, prior);
  const Bounds bounds = bounds_of(counted.x, options, context.seed, report);
  const PairDifferences differences = differences_of(counted, report);
  if (!(bounds.far > 0.0)) return unlearned(x.cols(), std::move(report), "all rows are equal");
  // In units in which the far bound is 1: squares are then neither too large nor too small, and M is the same.
  const double near = bounds.near / bounds.far;
  const objectives::BoundObjective objective(differences.similar / bounds.far, differences.dissimilar / bounds.far,
                                             near * near, 1.0, options.gamma);
  Matrix map = Matrix::Identity(x.cols(), x.cols());
  report.objective_at_start = objective.value_at_map(map);
  optim::Minimum minimum = minimize_over_map(
      objective, map, {.max_iterations = options.max_iterations, .tolerance = options.tolerance, .scale = 1.0},
      context.observer, "itml");
  return finish_from_start("itml", std::move(report), minimum, linalg::product(map, prior));
}

}  // namespace holdfast::learners
