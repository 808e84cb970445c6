#include "holdfast/optim/minimize_projected.hpp"

#include <cmath>

#include "optim/descent.hpp"

namespace holdfast::optim {

Minimum minimize_projected(const Evaluator& function, Vector start, const Projection& bounds,
                           const MinimizeOptions& options, const Observer& observer, std::string_view stage) {
  Descent descent(function, options, observer, stage);
  InverseHessian& hessian = descent.hessian();
  Point current{std::move(start), {}, 0.0};
  bounds.project(current.x);
  descent.start(current);
  while (true) {
    const Vector gradient = bounds.free_gradient(current.x, current.gradient);
    const double gradient_norm = gradient.norm();
    const auto finish = [&](StopReason reason) {
      return descent.finish(current, bounds.free_gradient(current.x, current.gradient).norm(), reason);
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
      trial.x = current.x + step * direction;
      bounds.project(trial.x);
      descent.evaluate(trial);
      const double slope = gradient.dot(trial.x - current.x);
      if (-slope <= Descent::rounding * std::abs(current.value)) break;
      found = trial.value <= current.value + Descent::sufficient_decrease * slope;
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
