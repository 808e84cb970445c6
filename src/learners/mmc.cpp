#include "holdfast/learners/mmc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "holdfast/core/error.hpp"
#include "holdfast/learners/regularization.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"
#include "holdfast/objectives/spread_objective.hpp"
#include "holdfast/optim/minimize_projected.hpp"
#include "learners/common_options.hpp"
#include "learners/fitting.hpp"
#include "learners/pair_learning.hpp"

namespace holdfast::learners {
namespace {

/// Smallest over largest eigenvalue below which a scatter counts as singular: it would make M unbounded.
constexpr double singular_share = 1e-10;

/// The eigenvalues of A (of its diagonal: the entries), at least `singular_share` of the largest by regularisation.
void regularize(Vector& values, double similar_pairs, const MmcOptions& options, FitReport& report) {
  const bool singular = !(values.minCoeff() > singular_share * values.maxCoeff());
  // About the relative error of the extreme eigenvalues of a scatter of so few pairs (Bai and Yin 1993).
  const double uncertain = 2.0 * std::sqrt(static_cast<double>(values.size()) / similar_pairs);
  const double rho =
      options.regularization.value_or(singular ? std::max(uncertain, automatic_regularization) : uncertain);
  const double mean = values.mean();
  if (rho > 0.0) {
    values = values.cwiseMax(0.0).array() + rho * (mean > 0.0 ? mean : 1.0);
    report.log.push_back(fmt::format("regularised: {} of the mean scatter added{}", rho,
                                     options.regularization ? "" : ", by the number of similar pairs"));
    if (!options.regularization) report.derived.emplace_back("regularization_used", rho);
  }
  if (values.minCoeff() > singular_share * values.maxCoeff()) return;
  throw InputError(Fault{.field = "regularization",
                         .value = fmt::format("{}", rho),
                         .rule = "is too small for these data, whose similar pairs span no full space",
                         .remedy = fmt::format("give at least {}, or leave the option out", automatic_regularization)});
}

/// Minimises sum_k u_k - log sum_i sqrt(q_i . u) over u >= 0 for q_ik = v_ik^2 / a_k, the diagonal problem in the
/// variables u_k = a_k w_k: at the minimum sum u = 1/2.
optim::Minimum solve_diagonal(const Matrix& squares, const MmcOptions& options, const Observer& observer) {
  const auto function = [&](const Vector& u, Vector& gradient) {
    const Vector lengths = (squares * u).cwiseSqrt();
    const double sum = lengths.sum();
    gradient = Vector::Ones(u.size()) - squares.transpose() * (lengths.cwiseInverse() / (2.0 * sum));
    return u.sum() - std::log(sum);
  };
  const auto d = static_cast<double>(squares.cols());
  return optim::minimize_projected(
      function, Vector::Constant(squares.cols(), 0.5 / d), optim::Nonnegative(),
      {.max_iterations = options.max_iterations, .tolerance = options.tolerance, .scale = 1.0}, observer, "mmc");
}

Fit fit_diagonal(const PairDifferences& differences, const MmcOptions& options, const FitContext& context,
                 FitReport report) {
  const auto similar_count = static_cast<double>(std::max<Index>(differences.similar.rows(), 1));
  Vector scatter = differences.similar.cwiseAbs2().colwise().sum().transpose() / similar_count;
  regularize(scatter, similar_count, options, report);
  const Matrix squares = differences.dissimilar.cwiseAbs2() * scatter.cwiseInverse().asDiagonal();
  const auto count = static_cast<double>(squares.rows());
  const auto value_at = [&](const Vector& u) {
    return 0.5 * std::log(u.sum()) - std::log((squares * u).cwiseSqrt().sum() / count);
  };
  report.objective_at_start = value_at(Vector::Ones(squares.cols()));
  optim::Minimum minimum = solve_diagonal(squares, options, context.observer);
  minimum.value = value_at(minimum.x);
  const Vector weights = (minimum.x.array() / minimum.x.sum()).matrix().cwiseQuotient(scatter);
  report.log.push_back(fmt::format("{} of {} columns have a weight", (weights.array() > 0.0).count(), weights.size()));
  return finish("mmc", std::move(report), minimum, weights.cwiseSqrt().asDiagonal());
}

Fit fit_full(const PairDifferences& differences, const MmcOptions& options, const FitContext& context,
             FitReport report) {
  const Index d = differences.similar.cols();
  const auto similar_count = static_cast<double>(std::max<Index>(differences.similar.rows(), 1));
  linalg::SymmetricEigen scatter =
      linalg::symmetric_eigen(linalg::transpose_product(differences.similar, differences.similar) / similar_count);
  regularize(scatter.values, similar_count, options, report);
  // W with W A W^T = I: rows W v, in which tr(M A) is tr(N) for M = W^T N W.
  const Matrix whitening = scatter.values.cwiseSqrt().cwiseInverse().asDiagonal() * scatter.vectors.transpose();
  const Matrix identity = Matrix::Identity(d, d);
  const objectives::SpreadObjective objective(identity,
                                              linalg::product_with_transpose(differences.dissimilar, whitening));
  const double of_mean = std::log(static_cast<double>(differences.dissimilar.rows()));
  Matrix map = identity / std::sqrt(static_cast<double>(d));
  report.objective_at_start = objective.value_at_map(map) + of_mean;
  optim::Minimum minimum = minimize_over_map(
      objective, map, {.max_iterations = options.max_iterations, .tolerance = options.tolerance, .scale = 1.0},
      context.observer, "mmc");
  minimum.value += of_mean;
  map /= map.norm();
  report.log.push_back(
      fmt::format("the largest mean distance of dissimilar pairs exceeds that found by at most {:.2g} "
                  "of it",
                  std::max(objective.gap_at_map(map, identity), 0.0)));
  return finish("mmc", std::move(report), minimum, linalg::product(map, whitening));
}

}  // namespace

const OptionTable<MmcOptions>& MmcOptions::table() {
  static const OptionTable<MmcOptions> options = {
      {flag("diagonal", "learn weights of the columns only"), &MmcOptions::diagonal},
      {number("regularization",
              "share of the mean scatter added to that of similar pairs; default: 2 sqrt(columns / similar pairs)",
              at_least(0.0, "must be a number of at least 0"), logarithmic(1e-4, 1.0)),
       &MmcOptions::regularization},
      {constraints_option(), &MmcOptions::constraints},
      {max_iterations_option(), &MmcOptions::max_iterations},
      {tolerance_option(), &MmcOptions::tolerance},
  };
  return options;
}

Fit fit_mmc(const MatrixView& x, const constraints::Supervision& supervision, const MmcOptions& options,
            const FitContext& context) {
  MmcOptions::table().validate(options);
  FitReport report;
  CountedPairs counted = pairs_of("mmc", x, supervision, options.constraints, context.seed, report);
  // In units in which squares are neither too large nor too small.
  const double unit = std::sqrt(mean_variance(counted.x));
  counted.x /= unit;
  const PairDifferences differences = differences_of(counted, report);
  if (differences.dissimilar.rows() == 0) {
    return unlearned(x.cols(), std::move(report), "the rows of every dissimilar pair are equal");
  }
  Fit fit = options.diagonal ? fit_diagonal(differences, options, context, std::move(report))
                             : fit_full(differences, options, context, std::move(report));
  return {metric::Metric::from_map(fit.metric.map() / unit), std::move(fit.report)};
}

}  // namespace holdfast::learners
