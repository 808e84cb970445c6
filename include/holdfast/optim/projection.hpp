// Bounds on variables, as projections.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast::optim {

/// A set that bounds each variable by itself (a product of intervals). Its laws, which the tests hold every one to:
/// project(project(x)) = project(x); a point of the set stays; |project(x) - project(y)| <= |x - y|; and a short step
/// from a point of the set along -free_gradient stays in it.
class Projection {
 public:
  virtual ~Projection() = default;
  /// Replaces x by the nearest point of the set.
  virtual void project(Vector& x) const = 0;
  /// The gradient at a point of the set, zero in the entries along whose descent the point would leave it.
  [[nodiscard]] virtual Vector free_gradient(const Vector& x, const Vector& gradient) const = 0;
};

/// All points: no bounds.
class Unbounded final : public Projection {
 public:
  void project(Vector& /*x*/) const override {}
  [[nodiscard]] Vector free_gradient(const Vector& /*x*/, const Vector& gradient) const override { return gradient; }
};

/// x >= 0, entry by entry.
class Nonnegative final : public Projection {
 public:
  void project(Vector& x) const override { x = x.cwiseMax(0.0); }
  [[nodiscard]] Vector free_gradient(const Vector& x, const Vector& gradient) const override {
    return (x.array() > 0.0 || gradient.array() < 0.0).select(gradient, 0.0);
  }
};

}  // namespace holdfast::optim
