// Geometric mean metric learning.
#pragma once

#include "holdfast/constraints/scatters.hpp"
#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/learners/regularization.hpp"

namespace holdfast::learners {

/// Symbols of Zadeh, Hosseini and Sra (ICML 2016).
struct GmmlOptions {
  double t = 0.5;  ///< step along the geodesic from A^-1 (0) to B (1)
  Regularization regularization;

  [[nodiscard]] static const OptionTable<GmmlOptions>& table();
};

/// M = A^-1 #_t B, in closed form: for t = 1/2 the minimum of tr(M A) + tr(M^-1 B), the unique positive definite
/// solution of M A M = B. A small distance within similar pairs, a large one within dissimilar pairs. O(d^3) after the
/// scatters. The report's objective is tr(M A) + tr(M^-1 B).
/// Throws InputError as `regularized` does.
[[nodiscard]] Fit fit_gmml(const MatrixView& x, const constraints::Supervision& supervision,
                           const GmmlOptions& options = {}, const FitContext& context = {});
/// The same from scatters already summed.
[[nodiscard]] Fit fit_gmml(const constraints::Scatters& scatters, const GmmlOptions& options = {},
                           const FitContext& context = {});

}  // namespace holdfast::learners
