// Oracle: k nearest rows by sorting all distances.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast::reference {

/// The k nearest rows of `x` to `query` by (distance, row), without row `self` (-1: with all).
inline std::vector<Index> nearest_rows(const RowVector& query, const Matrix& x, Index k, Index self = -1) {
  std::vector<Index> order(static_cast<std::size_t>(x.rows()));
  std::iota(order.begin(), order.end(), Index{0});
  std::erase(order, self);
  std::vector<double> squared(static_cast<std::size_t>(x.rows()));
  for (Index row = 0; row < x.rows(); ++row)
    squared[static_cast<std::size_t>(row)] = (x.row(row) - query).squaredNorm();
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
    return squared[static_cast<std::size_t>(a)] < squared[static_cast<std::size_t>(b)];
  });
  order.resize(static_cast<std::size_t>(k));
  return order;
}

}  // namespace holdfast::reference
