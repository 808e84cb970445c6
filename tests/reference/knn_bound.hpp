// Oracle: the k-NN lower bound by its definition, every pair formed.
#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/geometry/norm.hpp"

namespace holdfast::reference {

inline double dual_norm(const RowVector& a, geometry::Norm norm) {
  switch (norm) {
    case geometry::Norm::l1: return a.cwiseAbs().maxCoeff();
    case geometry::Norm::linf: return a.cwiseAbs().sum();
    case geometry::Norm::l2: break;
  }
  return a.norm();
}

/// For z (d entries) of class `label` under M = map^T map: over every l of another class the s-th largest e(i,l), then
/// the s-th smallest over l.
inline double knn_bound(const Matrix& map, const Matrix& x, const std::vector<int>& codes, const RowVector& z,
                        int label, Index k, geometry::Norm norm) {
  const Matrix m = map.transpose() * map;
  const auto s = static_cast<std::size_t>((k + 1) / 2);
  const auto squared = [&](Index row) { return (map * (z - x.row(row)).transpose()).squaredNorm(); };
  std::vector<double> over_others;
  for (Index l = 0; l < x.rows(); ++l) {
    if (codes[static_cast<std::size_t>(l)] == label) continue;
    std::vector<double> bounds;
    for (Index i = 0; i < x.rows(); ++i) {
      if (codes[static_cast<std::size_t>(i)] != label) continue;
      const double gap = squared(l) - squared(i);
      const double slope = dual_norm((m * (x.row(i) - x.row(l)).transpose()).transpose(), norm);
      bounds.push_back(gap > 0.0 ? gap / (2.0 * slope) : 0.0);
    }
    std::sort(bounds.begin(), bounds.end(), std::greater<>());
    over_others.push_back(bounds.size() < s ? 0.0 : bounds[s - 1]);
  }
  if (over_others.size() < s) return std::numeric_limits<double>::infinity();
  std::sort(over_others.begin(), over_others.end());
  return over_others[s - 1];
}

}  // namespace holdfast::reference
