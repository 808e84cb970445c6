#include "holdfast/neighbors/kmeans.hpp"

#include <fmt/format.h>

#include <limits>
#include <vector>

#include "holdfast/core/error.hpp"
#include "holdfast/linalg/row_distance.hpp"
#include "holdfast/neighbors/exact_index.hpp"

namespace holdfast::neighbors {
namespace {

/// Rows drawn with a chance proportional to the squared distance to the nearest one drawn before.
Matrix seed_centres(const MatrixView& x, Index k, Random& random) {
  const Index n = x.rows();
  Matrix centres(k, x.cols());
  centres.row(0) = x.row(random.below(n));
  Vector nearest = Vector::Constant(n, std::numeric_limits<double>::infinity());
  for (Index count = 1; count < k; ++count) {
    for (Index row = 0; row < n; ++row) {
      nearest[row] =
          std::min(nearest[row], linalg::squared_distance(x.row(row).data(), centres.row(count - 1).data(), x.cols()));
    }
    const double total = nearest.sum();
    if (!(total > 0.0)) return centres.topRows(count);  // every distinct row is a centre
    double left = random.uniform() * total;
    Index chosen = 0;
    while (chosen + 1 < n && (left -= nearest[chosen]) >= 0.0) ++chosen;
    centres.row(count) = x.row(chosen);
  }
  return centres;
}

}  // namespace

Matrix kmeans(const MatrixView& x, Index k, Random& random, Index iterations) {
  if (k < 1) throw InputError(fmt::format("{} centres: there must be at least 1", k));
  Matrix centres = seed_centres(x, std::min(k, x.rows()), random);
  std::vector<std::int32_t> previous;
  for (Index step = 0; step < iterations; ++step) {
    const Neighbors found = nearest(x, centres, 1);
    std::vector<std::int32_t> assigned(found.rows.data(), found.rows.data() + found.rows.size());
    if (assigned == previous) break;
    Matrix sums = Matrix::Zero(centres.rows(), x.cols());
    std::vector<Index> counts(static_cast<std::size_t>(centres.rows()), 0);
    for (Index row = 0; row < x.rows(); ++row) {
      const std::int32_t centre = assigned[static_cast<std::size_t>(row)];
      sums.row(centre) += x.row(row);
      ++counts[static_cast<std::size_t>(centre)];
    }
    for (Index centre = 0; centre < centres.rows(); ++centre) {
      const Index count = counts[static_cast<std::size_t>(centre)];
      if (count > 0) centres.row(centre) = sums.row(centre) / static_cast<double>(count);
    }
    previous = std::move(assigned);
  }
  return centres;
}

}  // namespace holdfast::neighbors
