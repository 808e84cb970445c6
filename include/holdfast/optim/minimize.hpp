// Unconstrained minimisation without a step size to choose.
#pragma once

#include <functional>
#include <string_view>

#include "holdfast/core/observer.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::optim {

/// A function to minimise: returns its value at x and overwrites `gradient`, which has x's size. It is pure: the same x
/// gives the same value, in whatever order and however often the optimizer asks. The optimizer sees nothing else of the
/// problem, so that the function may as well gather value and gradient from other processes or machines.
using Evaluator = std::function<double(const Vector& x, Vector& gradient)>;

/// Why a minimisation ended.
enum class StopReason {
  converged,          ///< the last iterations decreased the value by less than the tolerance
  gradient_vanished,  ///< the gradient is zero to rounding
  no_descent,         ///< no step along the gradient decreases the value any further: a kink, or the limit of rounding
  completed,          ///< all steps of a schedule were made, the last ones as small as planned
  iteration_limit,    ///< stopped before it converged
  stopped,            ///< by the observer
  not_finite,         ///< value or gradient is NaN or infinite at the start, or at every step from there, however short
};

/// One line for the user, such as "converged: the objective changes by less than the tolerance".
[[nodiscard]] std::string_view describe(StopReason reason);
/// Whether more iterations could not have helped.
[[nodiscard]] bool has_converged(StopReason reason);

struct MinimizeOptions {
  Index max_iterations = 1000;
  double tolerance = 1e-6;  ///< relative decrease of the value over the last five iterations
  double scale = 0.0;       ///< values below it count as this large, for functions whose minimum may be 0
  Index memory = 10;        ///< correction pairs
  /// Length of the first trial step in gradients, for variables scaled so that the curvature is near 1; 0: a step of a
  /// tenth of the distance to the origin.
  double first_step = 0.0;
};

struct Minimum {
  Vector x;  ///< the best point seen
  double value = 0.0;
  double gradient_norm = 0.0;
  Index iterations = 0;
  Index evaluations = 0;
  StopReason reason = StopReason::iteration_limit;
};

/// Limited-memory BFGS (Liu and Nocedal 1989) with the bracketing weak-Wolfe line search of Lewis and Overton (2013),
/// under which it remains reliable on functions with kinks, such as sums of hinges. A search that fails restarts once
/// from the plain gradient before the method gives up. A step to a value or gradient that is not finite counts as too
/// long; if no shorter step is finite either, the reason is not_finite, and x is the last finite point.
///
/// `observer` is called after each iteration with stage `stage`, and may stop it.
[[nodiscard]] Minimum minimize(const Evaluator& function, Vector start, const MinimizeOptions& options = {},
                               const Observer& observer = {}, std::string_view stage = "minimize");

}  // namespace holdfast::optim
