// The prior of a fit: the metric that the learned one stays close to.
#pragma once

#include <cstdint>

#include "holdfast/core/error.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/learners/regularization.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"

namespace holdfast::learners {

/// Smallest over largest eigenvalue below which a matrix counts as singular: its inverse would be rounding.
inline constexpr double singular_share = 1e-10;

/// Throws InputError unless `prior` is a symmetric matrix of d x d finite numbers.
void require_symmetric_prior(const MatrixView& prior, Index d);

/// The spectrum of a given P. Throws InputError unless it is d x d, symmetric and positive definite.
[[nodiscard]] linalg::SymmetricEigen spectrum_of_prior(const MatrixView& prior, Index d);

/// P with eigenvectors drawn uniformly and eigenvalues from 1/2 to 2, uniform in their logarithm.
[[nodiscard]] Matrix random_prior(Index d, std::uint64_t seed);

/// The error of Prior::covariance for columns that are linearly dependent.
[[nodiscard]] InputError no_inverse_covariance();

/// P by its factor and its inverse.
struct PriorMetric {
  Matrix factor;   ///< Q with Q^T Q = P, d x d
  Matrix inverse;  ///< P^-1
  /// Whether P is the identity or random, numbers without units: the learner says in what units of the rows.
  bool has_no_unit = false;
};

/// `context.prior` if it is given, else the prior of that name, with the covariance of `x`. Throws InputError for a
/// matrix that is no metric, and for covariance if the columns are linearly dependent.
[[nodiscard]] PriorMetric prior_metric(const MatrixView& x, Prior prior, const FitContext& context);

}  // namespace holdfast::learners
