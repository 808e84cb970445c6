// Scatters that can be inverted, and the prior of the learners over pairs and comparisons.
#pragma once

#include <optional>

#include "holdfast/constraints/scatters.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"

namespace holdfast::learners {

/// The metric P that a fit stays close to, or that regularisation draws to if the pairs do not determine the metric.
/// FitContext::prior replaces it by a given matrix.
enum class Prior {
  identity,    ///< P = I
  covariance,  ///< P = the inverse covariance of the rows in pairs: the Mahalanobis distance
  random,      ///< P drawn by the seed: eigenvectors uniform, eigenvalues from 1/2 to 2, uniform in their logarithm
};

/// A + rho a P^-1 and B + rho b P, with a = tr(A P) / d and b = tr(B P^-1) / d, so that rho is a share of the scatters
/// in any units. (Zadeh et al., ICML 2016, section 2.3, with their prior scaled by sqrt(b / a).)
struct Regularization {
  std::optional<double> strength;  ///< rho >= 0; absent: automatic_regularization if A or B is singular, else 0
  Prior prior = Prior::identity;
  std::optional<Matrix> matrix = {};  ///< P itself instead of `prior`: d x d, symmetric positive definite

  [[nodiscard]] static const OptionTable<Regularization>& table();
};

inline constexpr double automatic_regularization = 1e-3;

/// The regularised scatters; the regularisation goes to the report's log. `context.prior` replaces P. Throws InputError
/// if A or B is singular and the given rho is too small to change that, the covariance prior does not exist, or P is no
/// positive definite d x d matrix.
[[nodiscard]] constraints::Scatters regularized(constraints::Scatters scatters, const Regularization& wanted,
                                                FitReport& report, const FitContext& context = {});

}  // namespace holdfast::learners
