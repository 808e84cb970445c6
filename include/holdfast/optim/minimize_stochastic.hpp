// Minimisation of a function that is only seen in random parts.
#pragma once

#include <functional>
#include <string_view>

#include "holdfast/core/observer.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/optim/minimize.hpp"
#include "holdfast/optim/projection.hpp"

namespace holdfast::optim {

/// Evaluates the part of a function that belongs to a step; otherwise as Evaluator.
using StochasticEvaluator = std::function<double(Index step, const Vector& x, Vector& gradient)>;

struct StochasticOptions {
  Index max_iterations = 2000;
  double tolerance = 1e-3;  ///< relative decrease of a window's mean value below which the steps are halved
  Index window = 50;        ///< steps over which values and, at the end, points are averaged
};

/// Adam (Kingma and Ba 2015) with steps that need not be chosen: the first ones are a twentieth of the root mean square
/// of the start's entries, and are halved whenever the mean value of a window is not clearly below the best before it.
/// Converged after five halvings. The result is the mean of the last window's points, its value the mean of theirs.
///
/// `function(step, x, gradient)` returns the value of the part drawn for that step and overwrites its gradient; the
/// same step draws the same part. Every step is projected to `bounds`. A value or gradient that is not finite ends the
/// descent at the last window's mean with StopReason::not_finite.
[[nodiscard]] Minimum minimize_stochastic(const StochasticEvaluator& function, Vector start, const Projection& bounds,
                                          const StochasticOptions& options = {}, const Observer& observer = {},
                                          std::string_view stage = "minimize");

}  // namespace holdfast::optim
