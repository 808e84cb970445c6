#include "holdfast/optim/minimize.hpp"

#include <cmath>
#include <limits>

#include "optim/descent.hpp"

namespace holdfast::optim {

std::string_view describe(StopReason reason) {
  switch (reason) {
    case StopReason::converged: return "converged: the objective decreases by less than the tolerance";
    case StopReason::gradient_vanished: return "converged: the gradient is zero";
    case StopReason::no_descent: return "converged: no step decreases the objective any further";
    case StopReason::completed: return "completed: all passes over the rows were made";
    case StopReason::iteration_limit: return "not converged: the iteration limit was reached";
    case StopReason::stopped: return "not converged: interrupted";
    case StopReason::not_finite: return "failed: the objective is not finite";
  }
  return "unknown";
}

bool has_converged(StopReason reason) {
  return reason == StopReason::converged || reason == StopReason::gradient_vanished ||
         reason == StopReason::no_descent || reason == StopReason::completed;
}

Minimum minimize(const Evaluator& function, Vector start, const MinimizeOptions& options, const Observer& observer,
                 std::string_view stage) {
  constexpr double curvature = 0.9;
  Descent descent(function, options, observer, stage);
  InverseHessian& hessian = descent.hessian();
  Point current{std::move(start), {}, 0.0};
  descent.start(current);
  while (true) {
    const double gradient_norm = current.gradient.norm();
    const auto finish = [&](StopReason reason) { return descent.finish(current, current.gradient.norm(), reason); };
    if (const auto reason = descent.before_step(current, gradient_norm)) return finish(*reason);
    Vector direction = hessian.descent_direction(current.gradient);
    double slope = direction.dot(current.gradient);
    if (!(slope < 0.0)) {
      hessian.clear();
      direction = -current.gradient;
      slope = -gradient_norm * gradient_norm;
    }
    // The search doubles or halves from the first trial.
    double step = descent.first_step(current, gradient_norm);
    double low = 0.0;
    double high = std::numeric_limits<double>::infinity();
    Point trial;
    bool found = false;
    for (int search = 0; search < Descent::longest_search; ++search) {
      if (-step * slope <= Descent::rounding * std::abs(current.value)) break;
      trial.x = current.x + step * direction;
      descent.evaluate(trial);
      if (!(trial.value <= current.value + Descent::sufficient_decrease * step * slope)) {
        high = step;
      } else if (trial.gradient.dot(direction) < curvature * slope) {
        low = step;
      } else {
        found = true;
        break;
      }
      step = std::isinf(high) ? 2.0 * step : 0.5 * (low + high);
    }
    // At a kink the bracket may close on a point that decreases enough but never flattens: that is a step all the same.
    if (!found && low > 0.0) {
      trial.x = current.x + low * direction;
      descent.evaluate(trial);
      found = trial.value < current.value;
    }
    if (!found) {
      if (hessian.empty()) return finish(descent.without_step());
      hessian.clear();
      continue;
    }
    if (const auto reason = descent.take(current, trial)) return finish(*reason);
  }
}

}  // namespace holdfast::optim
