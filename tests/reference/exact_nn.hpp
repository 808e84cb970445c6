// Oracle: the exact 1-NN radius with all constraints at once, by Hildreth's dual coordinate ascent.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/geometry/box.hpp"
#include "reference/hildreth.hpp"

namespace holdfast::reference {

/// min |delta| such that a row of another class is at least as near to z + delta as all rows of class `label`, under
/// M = map^T map; z + delta in the box where there is one. For small data: sweeps over all constraints until nothing
/// moves.
inline double exact_nn_radius(const Matrix& map, const Matrix& x, const std::vector<int>& codes, const RowVector& z,
                              int label, const geometry::Box* box = nullptr, int sweeps = 20'000) {
  const Matrix m = map.transpose() * map;
  const auto squared = [&](Index row) { return (map * (z - x.row(row)).transpose()).squaredNorm(); };
  double best = std::numeric_limits<double>::infinity();
  for (Index l = 0; l < x.rows(); ++l) {
    if (codes[static_cast<std::size_t>(l)] == label) continue;
    std::vector<Vector> normals;
    std::vector<double> bounds;
    for (Index i = 0; i < x.rows(); ++i) {
      if (codes[static_cast<std::size_t>(i)] != label) continue;
      const Vector normal = m * (x.row(l) - x.row(i)).transpose();
      if (normal.squaredNorm() < 1e-24) continue;  // the same point: no constraint
      normals.push_back(normal);
      bounds.push_back(0.5 * (squared(l) - squared(i)));
    }
    for (Index j = 0; box != nullptr && j < x.cols(); ++j) {
      normals.emplace_back(Vector::Unit(x.cols(), j));
      bounds.push_back(box->lower[j] - z[j]);
      normals.emplace_back(-Vector::Unit(x.cols(), j));
      bounds.push_back(z[j] - box->upper[j]);
    }
    Hildreth ascent(normals, bounds, x.cols());
    for (int sweep = 0; sweep < sweeps; ++sweep) {
      if (ascent.sweep() < 1e-13) break;
      if (ascent.point().norm() > 1e6) break;  // no point satisfies them all
    }
    best = std::min(best, ascent.point().norm());
  }
  return best;
}

}  // namespace holdfast::reference
