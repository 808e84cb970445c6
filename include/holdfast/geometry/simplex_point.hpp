// The point of a polyhedron nearest to the origin in l1 or linf.
#pragma once

#include <random>
#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/geometry/box.hpp"
#include "holdfast/geometry/norm.hpp"

namespace holdfast::geometry {

/// min |x|_p such that a_j . x >= b_j, p = 1 or inf, for half-spaces that are added one by one: the dual simplex method
/// on
///     max sum_j w_j b_j  such that  w >= 0  and  |sum_j w_j a_j|_p* <= 1.
/// Its basis has one row per active half-space (w_j > 0) and one column per coordinate that is free: not 0 in l1, not
/// at plus or minus the largest size in linf, where that size is a column too. Each step is a factorization of that
/// small matrix and one product with the active normals. The value is a lower bound at any time and only grows.
///
/// Coordinates are weighted by factors between 1 and 1 + 1e-11, so that no two of them tie for a place in the basis:
/// lengths are at most that share too small, never too large.
class SimplexPoint {
 public:
  /// `norm`: l1 or linf.
  SimplexPoint(Index dimension, Norm norm);

  [[nodiscard]] Vector point() const { return point_.cwiseProduct(weights_); }
  [[nodiscard]] double length() const { return value_; }
  [[nodiscard]] const std::vector<Index>& active_names() const { return names_; }
  /// The w_j of the active half-spaces, in the order of their names: with the normals times the factors of coordinates.
  [[nodiscard]] const Vector& multipliers() const { return multipliers_; }

  /// As NearestPoint's; half-spaces that were dropped on the way may be violated again.
  [[nodiscard]] bool add(const Vector& normal, double bound, Index name = 0);
  bool start_from(const std::vector<HalfSpace>& active);
  [[nodiscard]] double unreachable_below() const { return unreachable_below_; }

 private:
  /// The half-space or coordinate that stops a change of the multipliers.
  struct Block {
    enum class By { nothing, multiplier, coordinate, other_side } by = By::nothing;
    Index at = 0;
  };

  [[nodiscard]] Index active() const { return static_cast<Index>(bounds_.size()); }
  [[nodiscard]] bool is_free(Index coordinate) const { return free_place_[static_cast<std::size_t>(coordinate)] >= 0; }
  /// Point, multipliers and slopes from the basis. False if it is singular to rounding.
  bool solve();
  /// The basis: row j has the entries of a_j at the free coordinates and, in linf, its sum over the others at their
  /// sides.
  [[nodiscard]] RowVector basis_row(const Vector& normal) const;
  [[nodiscard]] Matrix basis() const;
  /// The first thing that stops the multipliers from moving along `change`, at which the slopes move along `slopes`.
  /// `size`: of the terms that the slopes are sums of. `leaving`: a free coordinate that leaves with them, or -1.
  [[nodiscard]] Block first_block(const Vector& change, const Vector& slopes, double size, Index leaving);
  /// The sum of the largest entries of change_j a_j.
  [[nodiscard]] double size_of_terms(const Vector& change) const;
  bool enter_first(const Vector& normal, double bound, Index name);
  /// Brings the free coordinates back to where the dual has them. False if that does not end.
  bool repair();
  [[nodiscard]] Index worst_free(double& side) const;
  void activate(const Vector& normal, double bound, Index name);
  void drop(Index at);
  void set_free(Index coordinate);
  void set_bound(Index coordinate, double side);

  Norm norm_;
  Vector weights_;
  Matrix normals_;  ///< of the active half-spaces, weighted; rows beyond `active()` are spare
  std::vector<double> bounds_;
  std::vector<Index> names_;
  std::vector<Index> free_;        ///< coordinates
  std::vector<Index> free_place_;  ///< in free_, or -1
  Vector sides_;                   ///< +-1: the sign of a free coordinate in l1, of a bound one in linf
  Vector point_;                   ///< weighted
  Vector multipliers_;
  Vector slopes_;   ///< sum_j w_j a_j
  Matrix inverse_;  ///< of the basis
  double value_ = 0.0;
  int stalled_ = 0;          ///< half-spaces added since the value last grew
  std::minstd_rand random_;  ///< the same sequence for every solver
  double unreachable_below_ = 0.0;
};

}  // namespace holdfast::geometry
