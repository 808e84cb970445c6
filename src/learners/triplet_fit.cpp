#include "learners/triplet_fit.hpp"

#include <fmt/format.h>

#include <cmath>

#include "holdfast/core/error.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"

namespace holdfast::learners {
namespace {

/// Size of L, relative to its start, below which the metric says nothing any more.
constexpr double collapsed_share = 1e-4;

}  // namespace

double near_scale(const MatrixView& mapped, const std::vector<linalg::RowPair>& near_pairs) {
  double near = 0.0;
  for (const linalg::RowPair& pair : near_pairs)
    near += (mapped.row(pair.first) - mapped.row(pair.second)).squaredNorm();
  if (near > 0.0) return near / static_cast<double>(near_pairs.size());
  return (mapped.rowwise() - mapped.colwise().mean()).squaredNorm() / static_cast<double>(mapped.rows());
}

Matrix start_map(const MatrixView& x, const std::vector<linalg::RowPair>& near_pairs, Index rank) {
  const Index d = x.cols();
  Matrix map = Matrix::Identity(d, d);
  if (rank != 0 && rank != d) {
    const Matrix centred = x.rowwise() - x.colwise().mean();
    const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(linalg::transpose_product(centred, centred));
    map = eigen.vectors.rightCols(rank).rowwise().reverse().transpose();
  }
  const double scale = near_scale(linalg::product_with_transpose(x, map), near_pairs);
  return scale > 0.0 ? Matrix(map / std::sqrt(scale)) : map;
}

Observer continued(const Observer& observer, Index before, Index total) {
  if (!observer) return {};
  return [=](const Progress& progress) {
    return observer({progress.stage, before + progress.step, total, progress.value});
  };
}

Fit finish(std::string_view method, FitReport report, const optim::Minimum& minimum, Matrix map,
           const std::optional<CollapseCheck>& check) {
  if (minimum.reason == optim::StopReason::not_finite || !std::isfinite(minimum.value) || !map.allFinite()) {
    throw not_finite(method, minimum.iterations);
  }
  report.objective = minimum.value;
  report.iterations = minimum.iterations;
  report.evaluations = minimum.evaluations;
  report.reason = minimum.reason;
  report.log.push_back(fmt::format("iteration {}: {}", report.iterations, report.reason_text()));
  if (check && map.norm() < collapsed_share * check->start_norm) {
    report.warnings.push_back(fmt::format(
        "the metric collapsed to zero: the objective is smallest when all distances vanish; check the labels, "
        "or {}",
        check->remedy));
  }
  return {metric::Metric::from_map(std::move(map)), std::move(report)};
}

void require_rank(Index rank, Index dimension) {
  if (rank >= 0 && rank <= dimension) return;
  throw InputError(Fault{.field = "rank",
                         .value = fmt::format("{}", rank),
                         .rule = fmt::format("must be between 1 and {}, the number of columns after preprocessing "
                                             "(0: all of them)",
                                             dimension)});
}

}  // namespace holdfast::learners
