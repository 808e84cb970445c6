#include "holdfast/learners/scml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "holdfast/learners/discriminants.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"
#include "holdfast/optim/minimize_nonnegative.hpp"
#include "holdfast/optim/minimize_stochastic.hpp"
#include "learners/common_options.hpp"
#include "learners/triplet_batches.hpp"
#include "learners/triplet_fit.hpp"

namespace holdfast::learners {
namespace {

using constraints::TripletSet;
using objectives::TripletObjective;
using objectives::TripletTerm;

/// Rows up to which every step sees all triplets.
constexpr Index most_rows_at_once = 20'000;
/// Rows a step beyond.
constexpr Index automatic_batch = 500;
/// The streams of random numbers of a seed: the basis draws from the first, step s from first_step + s.
constexpr std::uint64_t basis_stream = 0;
constexpr Index first_step = 1;

/// L = diag(sqrt(w)) B without the rows whose weight is zero.
Matrix map_of(const Matrix& basis, const Vector& w) {
  const Index active = (w.array() > 0.0).count();
  Matrix map = Matrix::Zero(std::max<Index>(active, 1), basis.cols());
  for (Index k = 0, row = 0; k < w.size(); ++k) {
    if (w[k] > 0.0) map.row(row++) = std::sqrt(w[k]) * basis.row(k);
  }
  return map;
}

/// f(w) and its gradient: df/dw_k = b_k^T G b_k for G = df/dM, plus the penalty.
double value_and_gradient(const TripletObjective& objective, const Matrix& basis, const Vector& penalty,
                          const Vector& w, Vector& gradient) {
  Matrix in_matrix;
  const double value = objective.value_and_gradient(map_of(basis, w), in_matrix);
  gradient = linalg::product(basis, in_matrix).cwiseProduct(basis).rowwise().sum() + penalty;
  return value + penalty.dot(w);
}

Index automatic_basis(const Matrix& x) {
  return std::clamp<Index>(20 * x.cols(), 100, 1000);
}

Matrix basis_of(const Matrix& x, const constraints::Supervision& supervision, const TripletSet& set, Index count,
                std::uint64_t seed) {
  Random random(seed, basis_stream);
  if (const auto* labels = std::get_if<Labels>(&supervision)) return local_discriminants(x, *labels, count, random);
  return local_discriminants(x, set, count, random);
}

}  // namespace

const OptionTable<ScmlOptions>& ScmlOptions::table() {
  static const OptionTable<ScmlOptions> options = {
      neighbors_option(&ScmlOptions::neighbors),
      impostors_option(&ScmlOptions::impostors),
      {{.name = "basis",
        .placeholder = "K",
        .help = "number of basis vectors; 0: chosen by the size of the data",
        .bound = at_least(0, "must be at least 1 (0: chosen by the size of the data)"),
        .search = SearchRange{50, 1000, SearchRange::Scale::logarithmic}},
       &ScmlOptions::basis},
      {{.name = "sparsity",
        .placeholder = "X",
        .help = "weight of the penalty on the sum of the basis weights",
        .bound = at_least(0.0, "must be a number of at least 0"),
        .search = SearchRange{1e-5, 1e-1, SearchRange::Scale::logarithmic}},
       &ScmlOptions::sparsity},
      perturbation_option(&ScmlOptions::perturbation, Tuned::yes),
      batch_option(&ScmlOptions::batch),
      max_iterations_option(&ScmlOptions::max_iterations),
      tolerance_option(&ScmlOptions::tolerance),
  };
  return options;
}

void ScmlOptions::validate() const {
  table().validate(*this);
}

Fit fit_scml(const MatrixView& rows, const constraints::Supervision& given_supervision, const ScmlOptions& options,
             const FitContext& context) {
  options.validate();
  const auto [x, supervision] = sorted_rows(rows, given_supervision);
  const bool perturbed = options.perturbation && !options.perturbation->is_off();
  FitReport report;
  const TripletSet set =
      triplets_of("scml", x, supervision, {options.neighbors, options.impostors}, report, context.observer);
  const Matrix basis =
      basis_of(x, supervision, set, options.basis > 0 ? options.basis : automatic_basis(x), context.seed);
  if (basis.rows() == 0) {
    report.warnings.emplace_back("no direction separates the classes: all rows are equal; M is the identity");
    return {metric::Metric::euclidean(x.cols()), std::move(report)};
  }
  // Equal weights at which the mean squared distance to a target is 1, as of any multiple of the identity.
  Vector start = Vector::Ones(basis.rows());
  const double scale = near_scale(linalg::product_with_transpose(x, basis), set.near_pairs);
  if (scale > 0.0) start /= scale;
  const double start_norm = map_of(basis, start).norm();
  const Vector penalty = Vector::Constant(basis.rows(), options.sparsity / start.sum());

  TripletObjective objective(x, set, 0.0, {{objectives::HingeLoss{}, 1.0}});
  std::vector<TripletTerm> terms = {{objectives::HingeLoss{}, 1.0}};
  if (perturbed) {
    const Matrix map = map_of(basis, start);
    terms.push_back(perturbation_term(*options.perturbation, objective, map, objective.value(map), report));
    objective.add(terms.back());
  }
  report.objective_at_start = objective.value(map_of(basis, start)) + options.sparsity;

  const bool all_at_once = options.batch == 0 ? x.rows() <= most_rows_at_once : options.batch >= x.rows();
  optim::Minimum minimum;
  if (all_at_once) {
    minimum = optim::minimize_nonnegative(
        [&](const Vector& w, Vector& gradient) { return value_and_gradient(objective, basis, penalty, w, gradient); },
        start,
        {.max_iterations = options.max_iterations, .tolerance = options.tolerance, .scale = report.objective_at_start},
        context.observer, "scml");
  } else {
    const TripletBatches batches(x, set);
    const Index batch = options.batch > 0 ? options.batch : automatic_batch;
    const auto part = [&](Index step, const Vector& w, Vector& gradient) {
      const TripletBatch drawn = batches.draw(batch, context.seed, first_step + step);
      return value_and_gradient(TripletObjective(drawn.x, drawn.set, 0.0, terms), basis, penalty, w, gradient);
    };
    minimum = optim::minimize_stochastic(
        part, start,
        {.max_iterations = options.max_iterations, .tolerance = 10.0 * options.tolerance, .nonnegative = true},
        context.observer, "scml");
    minimum.value = objective.value(map_of(basis, minimum.x)) + penalty.dot(minimum.x);
    report.log.push_back(fmt::format("mini-batches of the triplets of {} rows", batch));
  }
  report.objective = minimum.value;
  report.iterations = minimum.iterations;
  report.evaluations = minimum.evaluations;
  report.reason = minimum.reason;
  Matrix map = map_of(basis, minimum.x);
  report.log.push_back(
      fmt::format("{} of {} basis vectors have a weight", (minimum.x.array() > 0.0).count(), basis.rows()));
  conclude(map, start_norm, "lower `sparsity`", report);
  if (map.rows() > map.cols()) map = linalg::psd_factor(linalg::transpose_product(map, map), 1e-14);
  return {metric::Metric::from_map(std::move(map)), std::move(report)};
}

}  // namespace holdfast::learners
