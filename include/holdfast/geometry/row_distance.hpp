// A reference row with its distance to a query.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast::geometry {

/// Ordered by (squared distance, row).
struct RowDistance {
  double squared_distance;
  Index row;

  [[nodiscard]] bool operator<(const RowDistance& other) const {
    return squared_distance < other.squared_distance || (squared_distance == other.squared_distance && row < other.row);
  }
};

}  // namespace holdfast::geometry
