// The point of a polyhedron nearest to the origin in any of the norms.
#pragma once

#include <variant>
#include <vector>

#include "holdfast/geometry/nearest_point.hpp"
#include "holdfast/geometry/simplex_point.hpp"

namespace holdfast::geometry {

/// A NearestPoint in l2, a SimplexPoint in l1 and linf: the same members, with the same promises.
class NearestInNorm {
 public:
  NearestInNorm(Index dimension, Norm norm) : solver_(solver_of(dimension, norm)) {}

  [[nodiscard]] Vector point() const {
    return std::visit([](const auto& solver) { return Vector(solver.point()); }, solver_);
  }
  [[nodiscard]] double length() const {
    return std::visit([](const auto& solver) { return solver.length(); }, solver_);
  }
  [[nodiscard]] const std::vector<Index>& active_names() const {
    return std::visit([](const auto& solver) -> const std::vector<Index>& { return solver.active_names(); }, solver_);
  }
  /// In l2: the point is the sum of the active half-spaces' normals times these. Null in the other norms, and where
  /// normals are out of range.
  [[nodiscard]] const std::vector<double>* multipliers() const {
    const auto* const solver = std::get_if<NearestPoint>(&solver_);
    return solver == nullptr ? nullptr : solver->multipliers();
  }
  [[nodiscard]] bool add(const Vector& normal, double bound, Index name = 0) {
    return std::visit([&](auto& solver) { return solver.add(normal, bound, name); }, solver_);
  }
  bool start_from(const std::vector<HalfSpace>& active) {
    return std::visit([&](auto& solver) { return solver.start_from(active); }, solver_);
  }
  [[nodiscard]] double unreachable_below() const {
    return std::visit([](const auto& solver) { return solver.unreachable_below(); }, solver_);
  }

 private:
  using Solver = std::variant<NearestPoint, SimplexPoint>;
  static Solver solver_of(Index dimension, Norm norm) {
    if (norm == Norm::l2) return NearestPoint(dimension);
    return SimplexPoint(dimension, norm);
  }

  Solver solver_;
};

}  // namespace holdfast::geometry
