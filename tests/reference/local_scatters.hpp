// The scatters of local Fisher discriminant analysis, pair by pair from the formulas.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "holdfast/core/dataset.hpp"

namespace holdfast::reference {

/// The distance of each row to the k-th nearest row of its class, or the farthest.
inline std::vector<double> local_scales(const Matrix& x, const Labels& labels, Index k) {
  std::vector<double> scales;
  for (Index i = 0; i < x.rows(); ++i) {
    std::vector<double> distances;
    for (Index j = 0; j < x.rows(); ++j) {
      if (j != i && labels.code(i) == labels.code(j)) distances.push_back((x.row(i) - x.row(j)).norm());
    }
    std::ranges::sort(distances);
    const Index place = std::min(k, static_cast<Index>(distances.size())) - 1;
    scales.push_back(place < 0 ? 0.0 : distances[static_cast<std::size_t>(place)]);
  }
  return scales;
}

/// S_w and S_b of Sugiyama (JMLR 2007, equations 8 to 11).
inline std::pair<Matrix, Matrix> local_scatters(const Matrix& x, const Labels& labels, Index k) {
  const std::vector<double> scales = local_scales(x, labels, k);
  const std::vector<Index> counts = class_counts(labels);
  const auto n = static_cast<double>(x.rows());
  Matrix within = Matrix::Zero(x.cols(), x.cols());
  Matrix between = within;
  for (Index i = 0; i < x.rows(); ++i) {
    for (Index j = 0; j < i; ++j) {  // each pair once, which is the half of the formula
      const RowVector difference = x.row(i) - x.row(j);
      const Matrix square = difference.transpose() * difference;
      if (labels.code(i) != labels.code(j)) {
        between += square / n;
        continue;
      }
      const double product = scales[static_cast<std::size_t>(i)] * scales[static_cast<std::size_t>(j)];
      const double affinity = product > 0.0 ? std::exp(-difference.squaredNorm() / product) : 0.0;
      const auto count = static_cast<double>(counts[static_cast<std::size_t>(labels.code(i))]);
      within += affinity / count * square;
      between += affinity * (1.0 / n - 1.0 / count) * square;
    }
  }
  return {within, between};
}

}  // namespace holdfast::reference
