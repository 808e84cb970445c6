#include "learners/whitening.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <vector>

#include "holdfast/core/error.hpp"
#include "holdfast/learners/regularization.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/spd.hpp"
#include "holdfast/preprocess/preprocessor.hpp"
#include "learners/fitting.hpp"

namespace holdfast::learners {
namespace {

/// Smallest over largest eigenvalue of the correlations below which a direction counts as lost: it would be rounding.
constexpr double lost_share = 1e-10;
/// A scatter below this share of that of all rows is rounding.
constexpr double noise_share = 1e-13;

/// The columns that vary, about their means.
struct Varying {
  std::vector<Index> columns;
  RowVector deviations;  ///< one per column of `standardized`
  Matrix standardized;   ///< n x columns
};

Varying varying_of(std::string_view method, const MatrixView& x) {
  const auto degrees = static_cast<double>(x.rows() - 1);
  Matrix centred = x.rowwise() - x.colwise().mean();
  const RowVector deviations = (centred.colwise().squaredNorm() / degrees).cwiseSqrt();
  if (!deviations.allFinite()) throw not_finite(method, 0);
  Varying result;
  for (Index k = 0; k < x.cols(); ++k) {
    if (deviations[k] > 0.0 && !preprocess::is_constant(x, k)) result.columns.push_back(k);
  }
  result.deviations = deviations(Eigen::all, result.columns);
  result.standardized = centred(Eigen::all, result.columns) * result.deviations.cwiseInverse().asDiagonal();
  return result;
}

/// The inverse root of the covariance in its leading `rank` directions.
Matrix leading_directions(const Matrix& covariance, Index rank) {
  const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(covariance);
  return eigen.values.tail(rank).cwiseSqrt().cwiseInverse().asDiagonal() * eigen.vectors.rightCols(rank).transpose();
}

}  // namespace

void Whitening::warn_of_dependence(FitReport& report) const {
  if (rank == varying_columns) return;
  report.warnings.push_back(
      fmt::format("the {} columns that vary span {} dimension{} only, because they are linearly dependent or the rows "
                  "are few: the metric does not see the other directions",
                  varying_columns, rank, rank == 1 ? "" : "s"));
}

Whitening whitening_of(std::string_view method, const MatrixView& x) {
  const Varying rows = varying_of(method, x);
  const auto columns = static_cast<Index>(rows.columns.size());
  if (columns == 0) return {Matrix::Zero(1, x.cols()), 0, 0};
  const Matrix correlations =
      linalg::transpose_product(rows.standardized, rows.standardized) / static_cast<double>(x.rows() - 1);
  const Vector values = linalg::symmetric_eigen(correlations).values;
  const Index rank = (values.array() > lost_share * values[columns - 1]).count();
  Matrix map;
  if (rank == columns) {
    // C = D R D with R = K K^T: W = K^-1 D^-1, which keeps its digits whatever the units.
    map = linalg::cholesky(correlations).triangularView<Eigen::Lower>().solve(Matrix::Identity(columns, columns));
    map *= rows.deviations.cwiseInverse().asDiagonal();
  } else {
    // The pseudo-inverse is that of C itself. Scaled by the largest deviation, squares stay in range.
    const double size = rows.deviations.maxCoeff();
    const RowVector scale = rows.deviations / size;
    map = leading_directions(scale.asDiagonal() * correlations * scale.asDiagonal(), rank) / size;
  }
  Whitening result{Matrix::Zero(rank, x.cols()), rank, columns};
  result.map(Eigen::all, rows.columns) = map;
  return result;
}

void regularize_whitened(Matrix& scatter, double total, std::string_view name, FitReport& report) {
  const Vector values = linalg::symmetric_eigen(scatter).values;
  const Index d = values.size();
  const double noise = noise_share * total;
  if (values[0] > std::max(lost_share * values[d - 1], noise)) return;
  const double mean = values.mean();
  scatter.diagonal().array() += automatic_regularization * (mean > noise ? mean : total);
  report.warnings.push_back(
      fmt::format("{} is singular: {} of its mean is added in every direction, in units of the covariance of the rows",
                  name, automatic_regularization));
  report.derived.emplace_back("regularization_used", automatic_regularization);
}

void require_two_rows(std::string_view method, const MatrixView& x) {
  if (x.rows() >= 2) return;
  throw InputError(Fault{.rule = fmt::format("{} needs two rows or more", method)});
}

}  // namespace holdfast::learners
