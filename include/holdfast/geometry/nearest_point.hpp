// The point of a polyhedron nearest to the origin.
#pragma once

#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/linalg/range.hpp"

namespace holdfast::geometry {

/// The projection of the origin onto half-spaces a_j . x >= b_j that are added one by one: the dual active-set method
/// of Goldfarb and Idnani (Mathematical Programming 1983) with the identity as Hessian. The point always satisfies the
/// half-spaces that are active, with multipliers >= 0, so that its length is a lower bound on that of the solution.
class NearestPoint {
 public:
  explicit NearestPoint(Index dimension) : point_(Vector::Zero(dimension)) {}

  [[nodiscard]] const Vector& point() const { return point_; }
  [[nodiscard]] double length() const { return linalg::length(point_); }
  [[nodiscard]] Index active() const { return static_cast<Index>(normals_.size()); }

  /// Moves the point into a half-space that it violates. False if no point of all half-spaces was found: then
  /// `unreachable_below()` bounds the length of each such point from below. Normals of any length.
  [[nodiscard]] bool add(const Vector& normal, double bound);
  /// After a failed `add`: all points common to the half-spaces are at least this long; infinite if there are none.
  [[nodiscard]] double unreachable_below() const { return unreachable_below_; }

 private:
  /// The part of `vector` outside the span of the active normals, and its shares in them.
  Vector outside_span(const Vector& vector, Vector& shares) const;
  void activate(const Vector& normal, double multiplier);
  void drop(Index at);

  Vector point_;
  std::vector<Vector> normals_;  ///< of the active half-spaces
  std::vector<double> multipliers_;
  Matrix gram_;  ///< of the active normals
  double unreachable_below_ = 0.0;
};

}  // namespace holdfast::geometry
