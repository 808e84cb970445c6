// The point of a polyhedron nearest to the origin.
#pragma once

#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/geometry/box.hpp"
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
  /// `unreachable_below()` bounds the length of each such point from below. Normals of any length. `name`: the caller's
  /// name of the half-space.
  [[nodiscard]] bool add(const Vector& normal, double bound, Index name = 0);
  /// The names of the active half-spaces.
  [[nodiscard]] const std::vector<Index>& active_names() const { return names_; }
  /// Their shares, at least 0: the point is the sum of the active normals times these. Null if a normal was out of
  /// range, where the shares are those of its multiple.
  [[nodiscard]] const std::vector<double>* multipliers() const { return has_multiples_ ? nullptr : &multipliers_; }
  /// Starts again, from the half-spaces that were active at the solution of a problem of which this one is a part,
  /// named 0, 1, ... If they are no solution here by themselves, from none, and the result is false.
  bool start_from(const std::vector<HalfSpace>& active);
  /// After a failed `add`: all points common to the half-spaces are at least this long; infinite if there are none.
  [[nodiscard]] double unreachable_below() const { return unreachable_below_; }

 private:
  /// The part of `vector` outside the span of the active normals, and its shares in them.
  Vector outside_span(const Vector& vector, Vector& shares) const;
  void activate(const Vector& normal, double multiplier, Index name);
  void drop(Index at);

  Vector point_;
  std::vector<Vector> normals_;  ///< of the active half-spaces
  std::vector<double> multipliers_;
  std::vector<Index> names_;
  Matrix gram_;  ///< of the active normals
  bool has_multiples_ = false;
  double unreachable_below_ = 0.0;
};

}  // namespace holdfast::geometry
