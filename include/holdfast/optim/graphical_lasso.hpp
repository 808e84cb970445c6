// A log-determinant problem with a penalty on the entries off the diagonal.
#pragma once

#include <string_view>

#include "holdfast/core/observer.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/optim/minimize.hpp"

namespace holdfast::optim {

struct LassoOptions {
  Index max_iterations = 100;  ///< Newton steps
  double tolerance = 1e-8;     ///< sum of the sizes of the subgradient's entries, relative to that of M's
};

struct LassoMinimum {
  Matrix m;            ///< the best point, symmetric positive definite
  bool bounded;        ///< false: the function has no minimum, and `m` means nothing
  double value = 0.0;  ///< at m
  Index iterations = 0;
  StopReason reason = StopReason::iteration_limit;
};

/// tr(M S) - log det M + penalty sum_{i != j} |M_ij|; infinity where M is not positive definite.
[[nodiscard]] double lasso_value(const MatrixView& s, double penalty, const MatrixView& m);

/// Minimises `lasso_value` over M symmetric positive definite for a symmetric S (d x d), which need not be positive
/// semidefinite, by proximal Newton steps (Hsieh, Sustik, Dhillon, Ravikumar, NIPS 2011): coordinate descent over the
/// quadratic model, O(d) per entry, and a line search that keeps M positive definite. A minimum exists if and only if
/// some positive definite matrix has S's diagonal and differs from S by at most `penalty` elsewhere; if none does, M
/// grows without bound, which the result tells.
[[nodiscard]] LassoMinimum minimize_lasso(const MatrixView& s, double penalty, const LassoOptions& options = {},
                                          const Observer& observer = {}, std::string_view stage = "lasso");

}  // namespace holdfast::optim
