#include "holdfast/optim/minimize_nonnegative.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>

#include "optim/inverse_hessian.hpp"

namespace holdfast::optim {
namespace {

/// The gradient without the entries that would leave the orthant.
Vector free_gradient(const Point& at) {
  return (at.x.array() > 0.0 || at.gradient.array() < 0.0).select(at.gradient, 0.0);
}

}  // namespace

Minimum minimize_nonnegative(const std::function<double(const Vector& x, Vector& gradient)>& function, Vector start,
                             const MinimizeOptions& options, const Observer& observer, std::string_view stage) {
  constexpr double sufficient_decrease = 1e-4;
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
    result.gradient_norm = free_gradient(point).norm();
    result.reason = reason;
    return result;
  };

  Point current{start.cwiseMax(0.0), {}, 0.0};
  evaluate(current);
  InverseHessian hessian(options.memory);
  std::deque<double> values = {current.value};
  while (true) {
    const Vector gradient = free_gradient(current);
    const double gradient_norm = gradient.norm();
    if (gradient_norm <= 1e-15 * std::max(1e-300, std::abs(current.value))) {
      return finish(current, StopReason::gradient_vanished);
    }
    if (result.iterations >= options.max_iterations) return finish(current, StopReason::iteration_limit);

    Vector direction = hessian.descent_direction(gradient);
    // Entries at the bound stay there, and no entry moves against its own slope: the projection cannot turn such a
    // direction into one that ascends.
    direction = (direction.array() * gradient.array() < 0.0).select(direction, 0.0);
    if (!(direction.dot(gradient) < 0.0)) {
      hessian.clear();
      direction = -gradient;
    }
    double step = 1.0;
    if (hessian.empty()) {
      step = options.first_step > 0.0 ? options.first_step : 0.1 * std::max(current.x.norm(), 1e-8) / gradient_norm;
    }
    Point trial;
    bool found = false;
    for (int search = 0; search < longest_search && !found; ++search, step *= 0.5) {
      trial.x = (current.x + step * direction).cwiseMax(0.0);
      evaluate(trial);
      const double slope = gradient.dot(trial.x - current.x);
      if (-slope <= rounding * std::abs(current.value)) break;  // nothing to gain that the value could show
      found = trial.value <= current.value + sufficient_decrease * slope;
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
