// The point of a polyhedron nearest to the origin.
#pragma once

#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast::certify {

/// The projection of the origin onto half-spaces a_j . x >= b_j that are added one by one: the dual active-set method of
/// Goldfarb and Idnani (Mathematical Programming 1983) with the identity as Hessian. The point always satisfies the
/// half-spaces that are active, with multipliers >= 0, so that its length is a lower bound on that of the solution.
class NearestPoint {
 public:
  explicit NearestPoint(Index dimension) : point_(Vector::Zero(dimension)) {}

  [[nodiscard]] const Vector& point() const { return point_; }
  [[nodiscard]] double squared_length() const { return point_.squaredNorm(); }
  [[nodiscard]] Index active() const { return static_cast<Index>(normals_.size()); }

  /// Moves the point into a half-space that it violates. False where the half-spaces have no point in common, to
  /// rounding.
  [[nodiscard]] bool add(const Vector& normal, double bound);

 private:
  void drop(std::size_t at);

  Vector point_;
  std::vector<Vector> normals_;  ///< of the active half-spaces
  std::vector<double> multipliers_;
};

}  // namespace holdfast::certify
