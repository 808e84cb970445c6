#include "holdfast/optim/minimize_stochastic.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace holdfast::optim {

Minimum minimize_stochastic(const StochasticEvaluator& function, Vector start, const Projection& bounds,
                            const StochasticOptions& options, const Observer& observer, std::string_view stage) {
  constexpr double first_decay = 0.9;     // of the mean gradient
  constexpr double second_decay = 0.999;  // of the mean squared gradient
  constexpr double first_rate = 0.1;      // in root mean squares of the start
  constexpr int most_halvings = 5;

  Minimum result;
  Vector x = std::move(start);
  const double size = std::max(std::sqrt(x.squaredNorm() / static_cast<double>(std::max<Index>(x.size(), 1))), 1e-12);
  double rate = first_rate * size;
  Vector gradient(x.size());
  Vector mean = Vector::Zero(x.size());
  Vector square = Vector::Zero(x.size());
  Vector sum = Vector::Zero(x.size());
  double values = 0.0;
  Index in_window = 0;
  double best = std::numeric_limits<double>::infinity();
  int halvings = 0;
  result.x = x;
  const auto close_window = [&] {
    result.x = sum / static_cast<double>(in_window);
    result.value = values / static_cast<double>(in_window);
    sum.setZero();
    values = 0.0;
    in_window = 0;
  };
  const auto finish = [&](StopReason reason) {
    if (in_window > 0 && (in_window >= options.window / 2 || result.iterations <= options.window)) close_window();
    result.gradient_norm = mean.norm();
    result.reason = reason;
    return result;
  };
  while (true) {
    if (result.iterations >= options.max_iterations) return finish(StopReason::iteration_limit);
    const double value = function(result.iterations, x, gradient);
    ++result.evaluations;
    if (!std::isfinite(value) || !gradient.allFinite()) return finish(StopReason::not_finite);
    values += value;
    mean = first_decay * mean + (1.0 - first_decay) * gradient;
    square = second_decay * square + (1.0 - second_decay) * gradient.cwiseAbs2();
    ++result.iterations;
    const auto t = static_cast<double>(result.iterations);
    const double mean_scale = 1.0 / (1.0 - std::pow(first_decay, t));
    const double square_scale = 1.0 / (1.0 - std::pow(second_decay, t));
    x.array() -= rate * mean_scale * mean.array() / ((square_scale * square.array()).sqrt() + 1e-300);
    bounds.project(x);
    sum += x;
    ++in_window;
    if (asks_to_stop(observer, {stage, result.iterations, options.max_iterations, value})) {
      return finish(StopReason::stopped);
    }
    if (in_window < options.window) continue;
    close_window();
    if (result.value > best - options.tolerance * std::abs(best)) {
      if (++halvings > most_halvings) return finish(StopReason::converged);
      rate *= 0.5;
    }
    best = std::min(best, result.value);
  }
}

}  // namespace holdfast::optim
