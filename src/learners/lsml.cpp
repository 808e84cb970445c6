#include "holdfast/learners/lsml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "holdfast/learners/registry.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/objectives/residual_objective.hpp"
#include "learners/common_options.hpp"
#include "learners/fitting.hpp"
#include "learners/pair_learning.hpp"
#include "learners/prior.hpp"

namespace holdfast::learners {
namespace {

/// Rows with the comparisons that count them.
struct Comparisons {
  Matrix x;
  constraints::QuadrupletSet set;
};

Comparisons comparisons_of(const MatrixView& x, const constraints::Supervision& supervision, const LsmlOptions& options,
                           std::uint64_t seed, FitReport& report) {
  Comparisons found;
  if (const auto* given = std::get_if<constraints::QuadrupletSet>(&supervision)) {
    constraints::require_usable(*given, x.rows());
    if (!std::isfinite(x.squaredNorm())) throw not_finite("lsml", 0);
    found = {x, *given};
  } else if (std::holds_alternative<Labels>(supervision)) {
    CountedPairs counted = pairs_of("lsml", x, supervision, options.constraints, seed, report);
    found = {std::move(counted.x), constraints::quadruplets_from_pairs(counted.pairs)};
  } else {
    refuse_supervision("lsml", supervision);
  }
  report.log.push_back(fmt::format("{} comparisons", found.set.quadruplets.size()));
  return found;
}

/// The share of each comparison in the loss: their sum is 1.
Vector shares_of(const constraints::QuadrupletSet& set) {
  const auto count = static_cast<Index>(set.quadruplets.size());
  if (set.weights.empty()) return Vector::Constant(count, 1.0 / static_cast<double>(count));
  const Eigen::Map<const Vector> weights(set.weights.data(), count);
  return weights / weights.maxCoeff() / (weights / weights.maxCoeff()).sum();  // no overflow of the sum
}

}  // namespace

const OptionTable<LsmlOptions>& LsmlOptions::table() {
  static const OptionTable<LsmlOptions> options = {
      prior_option(&LsmlOptions::prior),
      {constraints_option(logarithmic(50, 5000)), &LsmlOptions::constraints},
      {max_iterations_option(), &LsmlOptions::max_iterations},
      {tolerance_option(), &LsmlOptions::tolerance},
  };
  return options;
}

Fit fit_lsml(const MatrixView& x, const constraints::Supervision& supervision, const LsmlOptions& options,
             const FitContext& context) {
  LsmlOptions::table().validate(options);
  FitReport report;
  const Comparisons given = comparisons_of(x, supervision, options, context.seed, report);
  // Rows in which the prior is the identity.
  PriorMetric prior = prior_metric(given.x, options.prior, context);
  if (prior.has_no_unit) prior.factor /= std::sqrt(mean_variance(given.x));
  const Matrix rows = linalg::product_with_transpose(given.x, prior.factor);
  std::vector<linalg::RowPair> near;
  std::vector<linalg::RowPair> far;
  for (const constraints::Quadruplet& q : given.set.quadruplets) {
    near.push_back({q.a, q.b});
    far.push_back({q.c, q.d});
  }
  const objectives::ResidualObjective objective(differences_of(rows, near), differences_of(rows, far),
                                                shares_of(given.set));
  Matrix map = Matrix::Identity(x.cols(), x.cols());
  report.objective_at_start = objective.value_at_map(map);
  optim::Minimum minimum = minimize_over_map(objective, map,
                                             {.max_iterations = options.max_iterations,
                                              .tolerance = options.tolerance,
                                              .scale = static_cast<double>(x.cols())},
                                             context.observer, "lsml");
  return finish_from_start("lsml", std::move(report), minimum, linalg::product(map, prior.factor));
}

}  // namespace holdfast::learners
