// The curvature that quasi-Newton methods gather on their way.
#pragma once

#include <deque>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast::optim {

struct Point {
  Vector x;
  Vector gradient;
  double value = 0.0;
};

/// The inverse Hessian as a few correction pairs (Liu and Nocedal 1989).
class InverseHessian {
 public:
  explicit InverseHessian(Index memory) : memory_(static_cast<std::size_t>(memory)) {}

  void clear() { pairs_.clear(); }
  [[nodiscard]] bool empty() const { return pairs_.empty(); }

  void update(const Point& from, const Point& to) {
    Pair pair{to.x - from.x, to.gradient - from.gradient, 0.0};
    const double curvature = pair.step.dot(pair.change);
    if (!(curvature > 1e-14 * pair.step.norm() * pair.change.norm())) return;  // keeps the approximation positive
    pair.inverse_curvature = 1.0 / curvature;
    if (pairs_.size() == memory_) pairs_.pop_front();
    pairs_.push_back(std::move(pair));
  }

  /// - H * gradient, by the two-loop recursion.
  [[nodiscard]] Vector descent_direction(const Vector& gradient) const {
    Vector direction = -gradient;
    std::vector<double> alpha(pairs_.size());
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      alpha[i] = pairs_[i].inverse_curvature * pairs_[i].step.dot(direction);
      direction -= alpha[i] * pairs_[i].change;
    }
    if (!pairs_.empty()) {
      const Pair& last = pairs_.back();
      direction /= last.inverse_curvature * last.change.squaredNorm();
    }
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const double beta = pairs_[i].inverse_curvature * pairs_[i].change.dot(direction);
      direction += (alpha[i] - beta) * pairs_[i].step;
    }
    return direction;
  }

 private:
  struct Pair {
    Vector step;
    Vector change;
    double inverse_curvature;
  };
  std::size_t memory_;
  std::deque<Pair> pairs_;
};

}  // namespace holdfast::optim
