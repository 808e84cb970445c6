#include "holdfast/learners/aml.hpp"

#include <Eigen/LU>
#include <cmath>

#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/spd.hpp"
#include "holdfast/objectives/aml_objective.hpp"
#include "holdfast/optim/minimize_spd.hpp"
#include "learners/common_options.hpp"
#include "learners/fitting.hpp"

namespace holdfast::learners {
namespace {

using objectives::AmlObjective;
using objectives::Confusion;

/// A factor C of the start M = C C^T that makes C^T A C diagonal, so that the coordinates of the solver decouple.
Matrix start_factor(const Matrix& map, const Matrix& similar) {
  const Matrix seen = linalg::product_with_transpose(linalg::product(map, similar), map);
  return linalg::transpose_product(map, linalg::symmetric_eigen(seen).vectors);
}

/// The second derivative of F along each entry of the chart about C C^T. The first two terms of F give it exactly where
/// C^T A C and C^-1 B C^-T are diagonal; the third is taken for one of the first's form and of its own size.
Matrix curvature_at(const AmlObjective& objective, const Matrix& factor, double alpha, double beta) {
  const Vector a = linalg::transpose_product(factor, linalg::product(objective.similar(), factor)).diagonal();
  Matrix inverse = factor.inverse();
  const Vector b = linalg::product_with_transpose(linalg::product(inverse, objective.dissimilar()), inverse).diagonal();
  const Confusion confusion{beta};
  const double c = confusion.dissimilar_share();
  const linalg::SymmetricEigen m = linalg::symmetric_eigen(linalg::product_with_transpose(factor, factor));
  const double linear = m.values.sum();
  const double confused = m.values.unaryExpr([&](double t) { return confusion.slope(t) * t; }).sum();
  const Vector own = (1.0 + alpha * confused / linear) * a + (1.0 + alpha * c * c) * b;
  return 0.5 * (own.replicate(1, own.size()) + own.transpose().replicate(own.size(), 1));
}

optim::Minimum solve_bilevel(const AmlObjective& objective, const AmlOptions& options, const Observer& observer,
                             Matrix& map) {
  const Matrix factor = start_factor(map, objective.similar());
  const auto function = [&](const Matrix& m, Matrix& gradient) {
    return objective.value_and_gradient_at_matrix(m, gradient);
  };
  optim::SpdMinimum found = optim::minimize_spd(
      function, factor, curvature_at(objective, factor, options.alpha, options.beta),
      {.max_iterations = options.max_iterations, .tolerance = options.tolerance, .memory = 30, .first_step = 1.0},
      observer, "aml");
  map = found.factor.transpose();
  return std::move(found.minimum);
}

/// Confusion under M, then M as the geometric mean of the scatters with the adversarial pairs' added.
optim::Minimum solve_alternating(const AmlObjective& objective, const AmlOptions& options, const Observer& observer,
                                 Matrix& map) {
  const Confusion confusion{options.beta};
  const double c = confusion.dissimilar_share();
  const Matrix dissimilar = (1.0 + options.alpha * c * c) * objective.dissimilar();
  optim::Minimum result;
  Matrix m = linalg::transpose_product(map, map);
  while (true) {
    if (result.iterations >= options.max_iterations) {
      result.reason = optim::StopReason::iteration_limit;
      break;
    }
    const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(m);
    const Matrix moved =
        linalg::with_spectrum(eigen, eigen.values.unaryExpr([&](double t) { return confusion.shrinkage(t); }));
    const Matrix similar =
        objective.similar() + options.alpha * linalg::product(moved, linalg::product(objective.similar(), moved));
    map = linalg::geometric_mean_factor(similar, dissimilar, 0.5);
    const Matrix next = linalg::transpose_product(map, map);
    const double change = (next - m).norm() / next.norm();
    m = next;
    ++result.iterations;
    if (asks_to_stop(observer, {"aml", result.iterations, options.max_iterations, change})) {
      result.reason = optim::StopReason::stopped;
      break;
    }
    if (!std::isfinite(change)) {
      result.reason = optim::StopReason::not_finite;
      break;
    }
    if (change <= std::sqrt(options.tolerance)) {
      result.reason = optim::StopReason::converged;
      break;
    }
  }
  result.evaluations = result.iterations;
  return result;
}

}  // namespace

const OptionTable<AmlOptions>& AmlOptions::table() {
  static const OptionTable<AmlOptions> options =
      OptionTable<AmlOptions>{
          {number("alpha", "weight of the adversarial pairs; 0: none", at_least(0.0, "must be a number of at least 0"),
                  logarithmic(1e-2, 1e2)),
           &AmlOptions::alpha},
          {number("beta", "cost to the adversary of moving a pair; the smaller, the stronger the adversary", above(0.0),
                  logarithmic(1e-2, 1e2)),
           &AmlOptions::beta},
          {word("solver", "bilevel (the adversary's best answer put in) or alternating"),
           &AmlOptions::solver,
           {{"bilevel", Solver::bilevel}, {"alternating", Solver::alternating}}},
      }
          .nest(&AmlOptions::regularization, Regularization::table())
          .add({{max_iterations_option(), &AmlOptions::max_iterations}, {tolerance_option(), &AmlOptions::tolerance}});
  return options;
}

Fit fit_aml(const MatrixView& x, const constraints::Supervision& supervision, const AmlOptions& options,
            const FitContext& context) {
  return fit_aml(scatters_of("aml", x, supervision), options, context);
}

Fit fit_aml(const constraints::Scatters& scatters, const AmlOptions& options, const FitContext& context) {
  AmlOptions::table().validate(options);
  FitReport report;
  constraints::Scatters used = regularized(scatters, options.regularization, report, context);
  const Index d = used.similar.rows();
  Matrix map = options.start == AmlOptions::Start::identity
                   ? Matrix(Matrix::Identity(d, d))
                   : linalg::geometric_mean_factor(used.similar, used.dissimilar, 0.5);
  const AmlObjective objective(std::move(used.similar), std::move(used.dissimilar), options.alpha, options.beta);
  report.objective_at_start = objective.value_at_matrix(linalg::transpose_product(map, map));
  const bool bilevel = options.solver == AmlOptions::Solver::bilevel;
  optim::Minimum minimum = bilevel ? solve_bilevel(objective, options, context.observer, map)
                                   : solve_alternating(objective, options, context.observer, map);
  minimum.value = objective.value_at_matrix(linalg::transpose_product(map, map));
  return finish("aml", std::move(report), minimum, std::move(map));
}

AdversarialPairs adversarial_pairs(const metric::Metric& metric, const MatrixView& x, const constraints::PairSet& pairs,
                                   double beta) {
  require_valid(*AmlOptions::table().find("beta"), beta);
  constraints::require_usable(pairs, x.rows());
  const Confusion confusion{beta};
  const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(metric.matrix());
  const Matrix moved = linalg::with_spectrum(
      eigen, eigen.values.unaryExpr([&](double t) { return confusion.shrinkage(std::max(t, 0.0)); }));
  const auto similar = static_cast<Index>(pairs.similar.size());
  const auto count = similar + static_cast<Index>(pairs.dissimilar.size());
  Matrix middle(count, x.cols());
  Matrix half(count, x.cols());
  for (Index i = 0; i < count; ++i) {
    const linalg::RowPair& pair = i < similar ? pairs.similar[static_cast<std::size_t>(i)]
                                              : pairs.dissimilar[static_cast<std::size_t>(i - similar)];
    middle.row(i) = 0.5 * (x.row(pair.first) + x.row(pair.second));
    half.row(i) = 0.5 * (x.row(pair.first) - x.row(pair.second));
  }
  half.topRows(similar) = linalg::product(half.topRows(similar), moved);
  half.bottomRows(count - similar) *= confusion.dissimilar_share();
  return {middle + half, middle - half};
}

}  // namespace holdfast::learners
