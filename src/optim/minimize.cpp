#include "holdfast/optim/minimize.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>

#include "optim/inverse_hessian.hpp"

namespace holdfast::optim {
std::string_view describe(StopReason reason) {
  switch (reason) {
    case StopReason::converged:
      return "converged: the objective decreases by less than the tolerance";
    case StopReason::gradient_vanished:
      return "converged: the gradient is zero";
    case StopReason::no_descent:
      return "converged: no step decreases the objective any further";
    case StopReason::iteration_limit:
      return "not converged: the iteration limit was reached";
    case StopReason::stopped:
      return "not converged: interrupted";
  }
  return "unknown";
}

bool has_converged(StopReason reason) {
  return reason != StopReason::iteration_limit && reason != StopReason::stopped;
}

Minimum minimize(const std::function<double(const Vector& x, Vector& gradient)>& function, Vector start,
                 const MinimizeOptions& options, const Observer& observer, std::string_view stage) {
  constexpr double sufficient_decrease = 1e-4;
  constexpr double curvature = 0.9;
  constexpr int longest_search = 40;
  constexpr double rounding = 1e-15;
  constexpr std::size_t window = 5;

  Minimum result;
  const auto evaluate = [&](Point& point) {
    ++result.evaluations;
    point.gradient.resize(point.x.size());
    point.value = function(point.x, point.gradient);
    if (!std::isfinite(point.value) || !point.gradient.allFinite())
      point.value = std::numeric_limits<double>::infinity();
  };
  const auto finish = [&](const Point& point, StopReason reason) {
    result.x = point.x;
    result.value = point.value;
    result.gradient_norm = point.gradient.norm();
    result.reason = reason;
    return result;
  };

  Point current{std::move(start), {}, 0.0};
  evaluate(current);
  InverseHessian hessian(options.memory);
  std::deque<double> values = {current.value};
  while (true) {
    const double gradient_norm = current.gradient.norm();
    if (gradient_norm <= 1e-15 * std::max(1e-300, std::abs(current.value))) {
      return finish(current, StopReason::gradient_vanished);
    }
    if (result.iterations >= options.max_iterations) return finish(current, StopReason::iteration_limit);

    Vector direction = hessian.descent_direction(current.gradient);
    double slope = direction.dot(current.gradient);
    if (!(slope < 0.0)) {
      hessian.clear();
      direction = -current.gradient;
      slope = -gradient_norm * gradient_norm;
    }
    // The search doubles or halves from the first trial.
    double step = 1.0;
    if (hessian.empty()) {
      step = options.first_step > 0.0 ? options.first_step : 0.1 * std::max(current.x.norm(), 1e-8) / gradient_norm;
    }
    double low = 0.0;
    double high = std::numeric_limits<double>::infinity();
    Point trial;
    bool found = false;
    for (int search = 0; search < longest_search; ++search) {
      if (-step * slope <= rounding * std::abs(current.value)) break;  // nothing to gain that the value could show
      trial.x = current.x + step * direction;
      evaluate(trial);
      if (!(trial.value <= current.value + sufficient_decrease * step * slope)) {
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
      evaluate(trial);
      found = trial.value < current.value;
    }
    if (!found) {
      if (hessian.empty()) return finish(current, StopReason::no_descent);
      hessian.clear();
      continue;
    }
    hessian.update(current, trial);
    std::swap(current, trial);
    ++result.iterations;
    values.push_back(current.value);
    if (values.size() > window + 1) values.pop_front();
    if (asks_to_stop(observer, {stage, result.iterations, options.max_iterations, current.value})) {
      return finish(current, StopReason::stopped);
    }
    if (values.size() == window + 1 &&
        values.front() - values.back() <= options.tolerance * std::max(std::abs(current.value), options.scale)) {
      return finish(current, StopReason::converged);
    }
  }
}

}  // namespace holdfast::optim
