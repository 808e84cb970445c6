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

double near_scale(const Matrix& mapped, const std::vector<linalg::RowPair>& near_pairs) {
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

std::function<double(const Vector& x, Vector& gradient)> over_map(MapObjective objective, Index rows, Index columns) {
  return [objective = std::move(objective), rows, columns, in_matrix = Matrix()](const Vector& at,
                                                                                 Vector& gradient) mutable {
    const Eigen::Map<const Matrix> l(at.data(), rows, columns);
    const double value = objective(l, in_matrix);
    Eigen::Map<Matrix>(gradient.data(), rows, columns) = 2.0 * linalg::product(l, in_matrix);
    return value;
  };
}

optim::Minimum minimize_over_map(const MapObjective& objective, Matrix& map, const optim::MinimizeOptions& options,
                                 const Observer& observer, std::string_view stage) {
  optim::Minimum minimum = optim::minimize(over_map(objective, map.rows(), map.cols()), map.reshaped<Eigen::RowMajor>(),
                                           options, observer, stage);
  map = Eigen::Map<const Matrix>(minimum.x.data(), map.rows(), map.cols());
  return minimum;
}

Observer continued(const Observer& observer, Index before, Index total) {
  if (!observer) return {};
  return [=](const Progress& progress) {
    return observer({progress.stage, before + progress.step, total, progress.value});
  };
}

void conclude(const Matrix& map, double start_norm, std::string_view remedy, FitReport& report) {
  report.log.push_back(fmt::format("iteration {}: {}", report.iterations, report.reason_text()));
  if (map.norm() < collapsed_share * start_norm) {
    report.warnings.push_back(
        fmt::format("the metric has shrunk to zero: no distance separates these labels better than none; check the "
                    "labels, or {}",
                    remedy));
  }
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
