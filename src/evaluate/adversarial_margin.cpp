#include "holdfast/evaluate/adversarial_margin.hpp"

#include <fmt/format.h>

#include "holdfast/constraints/pairs.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/products.hpp"

namespace holdfast::evaluate {
namespace {

using constraints::Triplet;

/// Calls body(t, g, a) for every triplet, in parallel; a = M (x_j - x_l) as a row.
template <class Body>
void for_each_triplet(const MatrixView& x, std::span<const Triplet> triplets, const metric::Metric& metric,
                      Body&& body) {
  if (x.cols() != metric.input_dimension()) {
    throw InputError(Fault{
        .rule = fmt::format("the rows have {} columns, and the metric is of {}", x.cols(), metric.input_dimension()),
        .remedy = "give rows of the space of the metric"});
  }
  for (const Triplet& triplet : triplets) {
    for (const std::int32_t row : {triplet.anchor, triplet.target, triplet.impostor}) {
      const std::string problem = constraints::problem_of_row(row, x.rows());
      if (!problem.empty()) throw InputError(problem);
    }
  }
  const Matrix mapped = metric.transform(x);
  const Matrix pulled_back = linalg::product(mapped, metric.map());  // X M
  const Index count = static_cast<Index>(triplets.size());
  parallel_for(count, grain_of(8 * x.cols()), [&](Index begin, Index end) {
    for (Index t = begin; t < end; ++t) {
      const auto& [i, j, l] = triplets[static_cast<std::size_t>(t)];
      const double gap = (mapped.row(i) - mapped.row(l)).squaredNorm() - (mapped.row(i) - mapped.row(j)).squaredNorm();
      const RowVector gradient = pulled_back.row(j) - pulled_back.row(l);
      body(t, gap, gradient);
    }
  });
}

}  // namespace

Vector adversarial_margins(const MatrixView& x, std::span<const Triplet> triplets, const metric::Metric& metric,
                           geometry::Norm norm) {
  const geometry::Norm dual = geometry::dual(norm);
  Vector margins(static_cast<Index>(triplets.size()));
  for_each_triplet(x, triplets, metric, [&](Index t, double gap, const RowVector& gradient) {
    const double length = geometry::length(gradient.transpose(), dual);
    margins[t] = gap > 0.0 && length > 0.0 ? gap / (2.0 * length) : 0.0;
  });
  return margins;
}

Matrix support_points(const MatrixView& x, std::span<const Triplet> triplets, const metric::Metric& metric) {
  Matrix points(static_cast<Index>(triplets.size()), x.cols());
  for_each_triplet(x, triplets, metric, [&](Index t, double gap, const RowVector& gradient) {
    const double gradient_norm_squared = gradient.squaredNorm();
    points.row(t) = x.row(triplets[static_cast<std::size_t>(t)].anchor);
    if (gradient_norm_squared > 0.0) points.row(t) -= gap / (2.0 * gradient_norm_squared) * gradient;
  });
  return points;
}

}  // namespace holdfast::evaluate
