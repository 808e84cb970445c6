#include "holdfast/optim/minimize_nonnegative.hpp"

#include <cmath>

#include "optim/descent.hpp"

namespace holdfast::optim {
namespace {

/// The gradient without the entries that would leave the orthant.
Vector free_gradient(const Point& at) {
  return (at.x.array() > 0.0 || at.gradient.array() < 0.0).select(at.gradient, 0.0);
}

}  // namespace

Minimum minimize_nonnegative(const std::function<double(const Vector& x, Vector& gradient)>& function, Vector start,
                             const MinimizeOptions& options, const Observer& observer, std::string_view stage) {
  Descent descent(function, options, observer, stage);
  InverseHessian& hessian = descent.hessian();
  Point current{start.cwiseMax(0.0), {}, 0.0};
  descent.start(current);
  while (true) {
    const Vector gradient = free_gradient(current);
    const double gradient_norm = gradient.norm();
    const auto finish = [&](StopReason reason) {
      return descent.finish(current, free_gradient(current).norm(), reason);
    };
    if (const auto reason = descent.before_step(current, gradient_norm)) return finish(*reason);
    Vector direction = hessian.descent_direction(gradient);
    // Entries at the bound stay there, and no entry moves against its own slope: the projection cannot turn such a
    // direction into one that ascends.
    direction = (direction.array() * gradient.array() < 0.0).select(direction, 0.0);
    if (!(direction.dot(gradient) < 0.0)) {
      hessian.clear();
      direction = -gradient;
    }
    double step = descent.first_step(current, gradient_norm);
    Point trial;
    bool found = false;
    for (int search = 0; search < Descent::longest_search && !found; ++search, step *= 0.5) {
      trial.x = (current.x + step * direction).cwiseMax(0.0);
      descent.evaluate(trial);
      const double slope = gradient.dot(trial.x - current.x);
      if (-slope <= Descent::rounding * std::abs(current.value)) break;
      found = trial.value <= current.value + Descent::sufficient_decrease * slope;
    }
    if (!found) {
      if (hessian.empty()) return finish(StopReason::no_descent);
      hessian.clear();
      continue;
    }
    if (const auto reason = descent.take(current, trial)) return finish(*reason);
  }
}

}  // namespace holdfast::optim
