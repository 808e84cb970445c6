// What the quasi-Newton methods share: counting, and the reasons to end.
#pragma once

#include <cmath>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "holdfast/core/observer.hpp"
#include "holdfast/optim/minimize.hpp"
#include "optim/inverse_hessian.hpp"

namespace holdfast::optim {

class Descent {
 public:
  static constexpr double sufficient_decrease = 1e-4;  ///< share of the slope that a step must win
  static constexpr double rounding = 1e-15;            ///< relative decrease that the value cannot show
  static constexpr int longest_search = 40;            ///< trials of a line search

  Descent(const Evaluator& function, const MinimizeOptions& options, const Observer& observer, std::string_view stage)
      : function_(function), options_(options), observer_(observer), stage_(stage), hessian_(options.memory) {}

  [[nodiscard]] InverseHessian& hessian() { return hessian_; }

  /// Value and gradient at point.x. A point that is not finite counts as infinite: too long a step.
  void evaluate(Point& point) {
    ++result_.evaluations;
    point.gradient.resize(point.x.size());
    point.value = function_(point.x, point.gradient);
    if (!std::isfinite(point.value) || !point.gradient.allFinite())
      point.value = std::numeric_limits<double>::infinity();
    last_is_finite_ = std::isfinite(point.value);
  }

  void start(Point& point) {
    evaluate(point);
    values_ = {point.value};
  }

  /// Whether to end before another step, with the gradient that counts.
  [[nodiscard]] std::optional<StopReason> before_step(const Point& at, double gradient_norm) const {
    if (!std::isfinite(at.value)) return StopReason::not_finite;
    if (gradient_norm <= 1e-15 * std::max(1e-300, std::abs(at.value))) return StopReason::gradient_vanished;
    if (result_.iterations >= options_.max_iterations) return StopReason::iteration_limit;
    return std::nullopt;
  }

  /// The first trial step: 1 along a quasi-Newton direction; without curvature as the options say, or a tenth of the
  /// way to the origin.
  [[nodiscard]] double first_step(const Point& at, double gradient_norm) const {
    if (!hessian_.empty()) return 1.0;
    return options_.first_step > 0.0 ? options_.first_step : 0.1 * std::max(at.x.norm(), 1e-8) / gradient_norm;
  }

  /// Takes the step to `trial`, and says whether to end there.
  [[nodiscard]] std::optional<StopReason> take(Point& current, Point& trial) {
    constexpr std::size_t window = 5;
    hessian_.update(current, trial);
    std::swap(current, trial);
    ++result_.iterations;
    values_.push_back(current.value);
    if (values_.size() > window + 1) values_.pop_front();
    if (asks_to_stop(observer_, {stage_, result_.iterations, options_.max_iterations, current.value}))
      return StopReason::stopped;
    const double size = std::max(std::abs(current.value), options_.scale);
    if (values_.size() == window + 1 && values_.front() - values_.back() <= options_.tolerance * size)
      return StopReason::converged;
    return std::nullopt;
  }

  /// Why a search along the plain gradient found no step. The last trial was the shortest.
  [[nodiscard]] StopReason without_step() const {
    return last_is_finite_ ? StopReason::no_descent : StopReason::not_finite;
  }

  [[nodiscard]] Minimum finish(const Point& at, double gradient_norm, StopReason reason) {
    result_.x = at.x;
    result_.value = at.value;
    result_.gradient_norm = gradient_norm;
    result_.reason = reason;
    return std::move(result_);
  }

 private:
  const Evaluator& function_;
  const MinimizeOptions& options_;
  const Observer& observer_;
  std::string_view stage_;
  InverseHessian hessian_;
  bool last_is_finite_ = true;  ///< of the evaluation before
  std::deque<double> values_;
  Minimum result_;
};

}  // namespace holdfast::optim
