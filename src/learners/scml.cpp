#include "holdfast/learners/scml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "holdfast/core/error.hpp"
#include "holdfast/learners/discriminants.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"
#include "holdfast/optim/minimize_projected.hpp"
#include "holdfast/optim/minimize_stochastic.hpp"
#include "learners/common_options.hpp"
#include "learners/fitting.hpp"
#include "learners/start_map.hpp"
#include "learners/triplet_batches.hpp"
#include "learners/weight_choice.hpp"

namespace holdfast::learners {
namespace {

using constraints::TripletSet;
using objectives::BasisParametrization;
using objectives::map_of_weights;
using objectives::TripletObjective;
using objectives::TripletTerm;

/// Rows up to which every step sees all triplets.
constexpr Index most_rows_at_once = 20'000;
/// Rows per step for more rows.
constexpr Index automatic_batch = 500;
/// The streams of random numbers of a seed: the basis draws from the first, step s from first_step + s.
constexpr std::uint64_t basis_stream = 0;
constexpr Index first_step = 1;

Index automatic_basis(const Matrix& x) { return std::clamp<Index>(20 * x.cols(), 100, 1000); }

/// Given basis vectors, at length 1.
Matrix unit_directions(const Matrix& given, Index count, Index dimension) {
  const auto refuse = [&](std::string rule, std::string remedy) {
    throw InputError(Fault{.field = "directions",
                           .value = fmt::format("{} x {}", given.rows(), given.cols()),
                           .rule = std::move(rule),
                           .remedy = std::move(remedy)});
  };
  if (given.rows() == 0 || given.cols() != dimension || !given.allFinite())
    refuse(fmt::format("must hold a basis vector of {} finite numbers per row, as the data have {} columns", dimension,
                       dimension),
           "");
  if (count > 0 && count != given.rows())
    refuse(fmt::format("holds {} basis vectors, and `basis` is {}", given.rows(), count), "leave `basis` out");
  const Vector lengths = given.rowwise().norm();
  if (!(lengths.minCoeff() > 0.0)) refuse("holds a row of zeros, which is no direction", "leave the row out");
  return lengths.cwiseInverse().asDiagonal() * given;
}

Matrix basis_of(const Matrix& x, const constraints::Supervision& supervision, const TripletSet& set,
                const ScmlOptions& options, const FitContext& context) {
  if (context.basis != nullptr) return unit_directions(*context.basis, options.basis, x.cols());
  using Directions = ScmlOptions::Directions;
  Random random(context.seed, basis_stream);
  const Index count = options.basis > 0 ? options.basis : automatic_basis(x);
  const auto* labels = std::get_if<Labels>(&supervision);
  if (labels == nullptr && options.directions == Directions::lda) {
    throw InputError(Fault{.field = "directions",
                           .value = "lda",
                           .rule = "needs labels: the discriminants separate classes",
                           .remedy = "use triplet_diffs"});
  }
  if (labels == nullptr || options.directions == Directions::triplet_diffs)
    return local_discriminants(x, set, count, random);
  return local_discriminants(x, *labels, count, random);
}

/// The objective as a function for an optimizer.
optim::Evaluator over_weights(objectives::WeightObjective auto objective) {
  return [objective](const Vector& weights, Vector& gradient) {
    return objective.value_and_gradient_at_weights(weights, gradient);
  };
}

/// Stochastic steps over the weights, each on the triplets of the rows drawn for it.
optim::Minimum minimize_in_batches(const TripletBatches& batches, const std::vector<TripletTerm>& terms,
                                   const Matrix& basis, const Vector& penalty, const Vector& start,
                                   const ScmlOptions& options, const FitContext& context, FitReport& report) {
  const Index batch = options.batch > 0 ? options.batch : automatic_batch;
  report.log.push_back(fmt::format("mini-batches of the triplets of {} rows", batch));
  const auto part = [&](Index step, const Vector& weights, Vector& gradient) {
    const TripletBatch drawn = batches.draw(batch, context.seed, first_step + step);
    const TripletObjective objective(drawn.x, drawn.set, 0.0, terms);
    return BasisParametrization(objective, basis, penalty).value_and_gradient_at_weights(weights, gradient);
  };
  return optim::minimize_stochastic(part, start, optim::Nonnegative(),
                                    {.max_iterations = options.max_iterations, .tolerance = 10.0 * options.tolerance},
                                    context.observer, "scml");
}

}  // namespace

const OptionTable<ScmlOptions>& ScmlOptions::table() {
  static const OptionTable<ScmlOptions> options = {
      {neighbors_option(), &ScmlOptions::neighbors},
      {impostors_option(), &ScmlOptions::impostors},
      {{.name = "basis",
        .placeholder = "K",
        .help = "number of basis vectors; 0: chosen by the size of the data",
        .bound = at_least(0, "must be at least 1 (0: chosen by the size of the data)"),
        .search = logarithmic(50, 1000)},
       &ScmlOptions::basis},
      {word("directions",
            "what the basis vectors are found by: lda (labels) or triplet_diffs (triplets); auto: labels if there are "
            "labels"),
       &ScmlOptions::directions,
       {{"auto", ScmlOptions::Directions::automatic},
        {"lda", ScmlOptions::Directions::lda},
        {"triplet_diffs", ScmlOptions::Directions::triplet_diffs}}},
      {number("sparsity", "weight of the penalty on the sum of the basis weights",
              at_least(0.0, "must be a number of at least 0"), logarithmic(1e-5, 1e-1)),
       &ScmlOptions::sparsity},
      perturbation_option(&ScmlOptions::perturbation, Tuned::yes),
      {batch_option(), &ScmlOptions::batch},
      {max_iterations_option(), &ScmlOptions::max_iterations},
      {tolerance_option(), &ScmlOptions::tolerance},
  };
  return options;
}

Fit fit_scml(const MatrixView& rows, const constraints::Supervision& given_supervision, const ScmlOptions& options,
             const FitContext& context) {
  ScmlOptions::table().validate(options);
  if (chooses_weight(options.perturbation, given_supervision)) {
    return fit_with_chosen_weight(fit_scml, rows, given_supervision, options, context);
  }
  const auto [x, supervision] = sorted_rows(rows, given_supervision);
  FitReport report;
  const TripletSet set =
      triplets_of("scml", x, supervision, {options.neighbors, options.impostors}, report, context.observer);
  const Matrix basis = basis_of(x, supervision, set, options, context);
  if (basis.rows() == 0) {
    report.warnings.emplace_back("no direction separates the classes: all rows are equal; M is the identity");
    return {metric::Metric::euclidean(x.cols()), std::move(report)};
  }
  // Equal weights at which the mean squared distance to a target is 1, as of any multiple of the identity.
  Vector start = Vector::Ones(basis.rows());
  const double scale = near_scale(linalg::product_with_transpose(x, basis), set.near_pairs);
  if (scale > 0.0) start /= scale;
  Matrix map = map_of_weights(basis, start);
  const CollapseCheck check{map.norm(), "lower `sparsity`"};
  const Vector penalty = Vector::Constant(basis.rows(), options.sparsity / start.sum());

  std::vector<TripletTerm> terms = {{objectives::HingeLoss{}, 1.0}};
  TripletObjective objective(x, set, 0.0, terms);
  if (options.perturbation && !options.perturbation->is_off()) {
    terms.push_back(perturbation_term(*options.perturbation, objective, map, objective.value_at_map(map), report));
    objective.add(terms.back());
  }
  report.objective_at_start = objective.value_at_map(map) + options.sparsity;

  const bool all_at_once = options.batch == 0 ? x.rows() <= most_rows_at_once : options.batch >= x.rows();
  optim::Minimum minimum;
  if (all_at_once) {
    minimum = optim::minimize_projected(
        over_weights(BasisParametrization(objective, basis, penalty)), start, optim::Nonnegative(),
        {.max_iterations = options.max_iterations, .tolerance = options.tolerance, .scale = report.objective_at_start},
        context.observer, "scml");
  } else {
    minimum = minimize_in_batches({x, set}, terms, basis, penalty, start, options, context, report);
    minimum.value = objective.value_at_map(map_of_weights(basis, minimum.x)) + penalty.dot(minimum.x);
  }
  report.log.push_back(
      fmt::format("{} of {} basis vectors have a weight", (minimum.x.array() > 0.0).count(), basis.rows()));
  map = map_of_weights(basis, minimum.x);
  if (map.rows() > map.cols()) map = linalg::psd_factor(linalg::transpose_product(map, map), 1e-14);
  return finish("scml", std::move(report), minimum, std::move(map), check);
}

}  // namespace holdfast::learners
