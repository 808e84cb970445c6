// Limits on the entries of a row.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast::geometry {

/// normal . x >= bound.
struct HalfSpace {
  Vector normal;
  double bound;
};

/// lower <= x <= upper, one entry per column; infinite if a column has no limit.
struct Box {
  RowVector lower;
  RowVector upper;

  /// The nearest point of the box, entry by entry.
  [[nodiscard]] RowVector clamp(const RowView& row) const { return row.cwiseMax(lower).cwiseMin(upper); }
  /// The limits of a change of `row`: lower - row <= delta <= upper - row.
  [[nodiscard]] Box around(const RowView& row) const { return {lower - row, upper - row}; }
  /// Throws InputError if a row (n x d) is outside, and std::invalid_argument unless there is one limit per column.
  void require_within(const MatrixView& rows) const;
};

}  // namespace holdfast::geometry
