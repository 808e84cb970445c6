#include "holdfast/learners/regularization.hpp"

#include <fmt/format.h>

#include <cmath>

#include "holdfast/core/error.hpp"
#include "holdfast/linalg/spd.hpp"
#include "learners/common_options.hpp"
#include "learners/prior.hpp"

namespace holdfast::learners {
namespace {

bool is_singular(const Matrix& scatter) {
  const Vector values = linalg::symmetric_eigen(scatter).values;
  return !(values.minCoeff() > singular_share * values.maxCoeff());
}

/// P and its inverse.
struct PriorPair {
  Matrix prior;
  Matrix inverse;
};

PriorPair given_pair(const Matrix& prior, Index d) {
  const linalg::SymmetricEigen eigen = spectrum_of_prior(prior, d);
  return {prior, linalg::with_spectrum(eigen, eigen.values.cwiseInverse())};
}

PriorPair prior_of(const Regularization& wanted, const constraints::Scatters& s, const FitContext& context) {
  const Index d = s.similar.rows();
  if (context.prior != nullptr) return given_pair(*context.prior, d);
  if (wanted.matrix) return given_pair(*wanted.matrix, d);
  if (wanted.prior == Prior::identity) return {Matrix::Identity(d, d), Matrix::Identity(d, d)};
  if (wanted.prior == Prior::random) return given_pair(random_prior(d, context.seed), d);
  // The scatter of all pairs is twice the covariance of their rows.
  const double pairs = s.similar_pairs + s.dissimilar_pairs;
  const Matrix covariance =
      (0.5 * s.similar_pairs / pairs) * s.similar + (0.5 * s.dissimilar_pairs / pairs) * s.dissimilar;
  const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(covariance);
  if (!(eigen.values.minCoeff() > singular_share * eigen.values.maxCoeff())) throw no_inverse_covariance();
  return {linalg::with_spectrum(eigen, eigen.values.cwiseInverse()), covariance};
}

}  // namespace

const OptionTable<Regularization>& Regularization::table() {
  static const OptionTable<Regularization> options = {
      {number("regularization",
              "share of the prior added to the scatters; default: none, or 0.001 if the scatters are singular",
              at_least(0.0, "must be a number of at least 0"), logarithmic(1e-4, 1.0)),
       &Regularization::strength},
      prior_option(&Regularization::prior, "what regularisation draws to"),
  };
  return options;
}

constraints::Scatters regularized(constraints::Scatters scatters, const Regularization& wanted, FitReport& report,
                                  const FitContext& context) {
  report.log.push_back(
      fmt::format("{:.0f} similar and {:.0f} dissimilar pairs", scatters.similar_pairs, scatters.dissimilar_pairs));
  const bool singular_similar = is_singular(scatters.similar);
  const bool singular = singular_similar || is_singular(scatters.dissimilar);
  const double rho = wanted.strength.value_or(singular ? automatic_regularization : 0.0);
  if (rho == 0.0 && !singular) return scatters;
  const PriorPair prior = prior_of(wanted, scatters, context);
  const auto d = static_cast<double>(scatters.similar.rows());
  // Columns that are all constant leave nothing to scale by.
  const auto scale = [&](const Matrix& scatter, const Matrix& against) {
    const double mean = scatter.cwiseProduct(against).sum() / d;
    return mean > 0.0 ? mean : 1.0;
  };
  const double similar_scale = scale(scatters.similar, prior.prior);
  const double dissimilar_scale = scale(scatters.dissimilar, prior.inverse);
  scatters.similar += rho * similar_scale * prior.inverse;
  scatters.dissimilar += rho * dissimilar_scale * prior.prior;
  if (is_singular(scatters.similar) || is_singular(scatters.dissimilar)) {
    throw InputError(
        Fault{.field = "regularization",
              .value = fmt::format("{}", rho),
              .rule = fmt::format("is too small for these data, whose {} pairs span no full space",
                                  singular_similar ? "similar" : "dissimilar"),
              .remedy = fmt::format("give at least {}, or leave the option out", automatic_regularization)});
  }
  report.log.push_back(fmt::format("regularised: {} of the mean scatter added{}", rho,
                                   wanted.strength ? "" : ", because the scatter of the pairs is singular"));
  if (!wanted.strength) report.derived.emplace_back("regularization_used", rho);
  return scatters;
}

}  // namespace holdfast::learners
