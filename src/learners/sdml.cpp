#include "holdfast/learners/sdml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"
#include "holdfast/optim/graphical_lasso.hpp"
#include "learners/common_options.hpp"
#include "learners/fitting.hpp"
#include "learners/pair_learning.hpp"
#include "learners/prior.hpp"

namespace holdfast::learners {
namespace {

constexpr double default_balance = 0.5;
/// Share of the largest eta at which S is positive semidefinite: there S would be singular.
constexpr double safe_share = 0.9;

struct Problem {
  PriorMetric prior;
  Matrix pairs;  ///< K

  [[nodiscard]] Matrix at(double eta) const { return prior.inverse + eta * pairs; }
};

/// In units in which the mean variance of the columns is 1, from rows in units of `unit`.
Problem problem_of(const CountedPairs& counted, double unit, Prior prior, const FitContext& context,
                   FitReport& report) {
  const PairDifferences differences = differences_of(counted, report);
  Problem problem{prior_metric(counted.x, prior, context),
                  linalg::transpose_product(differences.similar, differences.similar) -
                      linalg::transpose_product(differences.dissimilar, differences.dissimilar)};
  if (context.prior != nullptr) {  // about the rows as they were
    problem.prior.factor *= unit;
    problem.prior.inverse /= unit * unit;
  }
  return problem;
}

/// The largest eta at which S is positive semidefinite; infinity if every eta is.
double largest_safe_balance(const Problem& problem) {
  const Matrix& factor = problem.prior.factor;
  const Matrix turned = linalg::product_with_transpose(linalg::product(factor, problem.pairs), factor);
  const double least = linalg::symmetric_eigen(turned).values.minCoeff();
  return least < 0.0 ? -1.0 / least : std::numeric_limits<double>::infinity();
}

}  // namespace

const OptionTable<SdmlOptions>& SdmlOptions::table() {
  static const OptionTable<SdmlOptions> options = {
      {number("balance", "weight of the pairs; default: 0.5, or less if the objective then has no minimum", above(0.0)),
       &SdmlOptions::balance},
      {number("sparsity", "weight of the penalty on the entries of M off the diagonal, in units of the mean variance",
              at_least(0.0, "must be a number of at least 0"), logarithmic(1e-4, 1.0)),
       &SdmlOptions::sparsity},
      prior_option(&SdmlOptions::prior),
      {constraints_option(), &SdmlOptions::constraints},
      {max_iterations_option(), &SdmlOptions::max_iterations},
      {number("tolerance", "stop when the subgradient is this share of the matrices that it is a difference of",
              {[](double value) { return value > 0.0 && value < 1.0; }, "must be above 0 and below 1"}),
       &SdmlOptions::tolerance},
  };
  return options;
}

Fit fit_sdml(const MatrixView& x, const constraints::Supervision& supervision, const SdmlOptions& options,
             const FitContext& context) {
  SdmlOptions::table().validate(options);
  FitReport report;
  CountedPairs counted = pairs_of("sdml", x, supervision, options.constraints, context.seed, report);
  const double unit = std::sqrt(mean_variance(counted.x));
  counted.x /= unit;
  const Problem problem = problem_of(counted, unit, options.prior, context, report);
  const optim::LassoOptions solver{options.max_iterations, options.tolerance};
  const auto solve = [&](double eta) {
    return optim::minimize_lasso(problem.at(eta), options.sparsity, solver, context.observer, "sdml");
  };
  double eta = options.balance.value_or(default_balance);
  optim::LassoMinimum found = solve(eta);
  if (!found.bounded) {
    eta = std::min(eta, safe_share * largest_safe_balance(problem));
    report.log.push_back(fmt::format("balance {}: the objective has no minimum; {:.3g} is used",
                                     options.balance.value_or(default_balance), eta));
    report.derived.emplace_back("balance_used", eta);
    found = solve(eta);
  }
  const Matrix s = problem.at(eta);
  report.objective_at_start = optim::lasso_value(s, options.sparsity, Matrix::Identity(x.cols(), x.cols()));
  report.log.push_back(fmt::format("{} of {} entries of M off the diagonal are 0", (found.m.array() == 0.0).count(),
                                   x.cols() * (x.cols() - 1)));
  optim::Minimum minimum;
  minimum.value = found.value;
  minimum.iterations = found.iterations;
  minimum.evaluations = found.iterations;
  minimum.reason = found.reason;
  return finish_from_start("sdml", std::move(report), minimum, linalg::psd_factor(found.m) / unit);
}

}  // namespace holdfast::learners
