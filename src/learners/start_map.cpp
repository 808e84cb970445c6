#include "learners/start_map.hpp"

#include <fmt/format.h>

#include <cmath>

#include "holdfast/core/error.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/learners/discriminants.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"

namespace holdfast::learners {
namespace {

/// The stream of random numbers for a random start, apart from those of the steps.
constexpr std::uint64_t start_stream = std::uint64_t{1} << 40;

Matrix principal_directions(const MatrixView& x, Index rows) {
  const Matrix centred = x.rowwise() - x.colwise().mean();
  const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(linalg::transpose_product(centred, centred));
  return eigen.vectors.rightCols(rows).rowwise().reverse().transpose();
}

Matrix discriminants(const MatrixView& x, const constraints::Supervision& supervision, Index rows) {
  const auto* labels = std::get_if<Labels>(&supervision);
  if (labels == nullptr) {
    throw InputError(Fault{.field = "init",
                           .value = "lda",
                           .rule = "needs labels: the discriminants separate classes",
                           .remedy = "use pca or identity"});
  }
  Matrix found = whole_discriminants(x, *labels);
  if (found.rows() < rows) {
    throw InputError(Fault{.field = "init",
                           .value = "lda",
                           .rule = fmt::format("the data have {} discriminants, and L has {} rows", found.rows(), rows),
                           .remedy = fmt::format("give a `rank` of at most {}, or use pca", found.rows())});
  }
  return found.topRows(rows);
}

Matrix random_entries(Index rows, Index columns, std::uint64_t seed) {
  Random random(seed, start_stream);
  Matrix map(rows, columns);
  for (double& entry : map.reshaped<Eigen::RowMajor>()) entry = random.normal();
  return map;
}

Matrix given_start(const Matrix& start, Index rank, Index dimension) {
  if (start.cols() == dimension && start.rows() > 0 && start.rows() <= dimension &&
      (rank == 0 || rank == start.rows()) && start.allFinite())
    return start;
  throw InputError(Fault{.field = "init",
                         .rule = fmt::format("must be {} x {} finite numbers; it is {} x {}",
                                             rank == 0 ? fmt::format("r <= {}", dimension) : fmt::format("{}", rank),
                                             dimension, start.rows(), start.cols())});
}

}  // namespace

double near_scale(const MatrixView& mapped, const std::vector<linalg::RowPair>& near_pairs) {
  double near = 0.0;
  for (const linalg::RowPair& pair : near_pairs)
    near += (mapped.row(pair.first) - mapped.row(pair.second)).squaredNorm();
  if (near > 0.0) return near / static_cast<double>(near_pairs.size());
  return (mapped.rowwise() - mapped.colwise().mean()).squaredNorm() / static_cast<double>(mapped.rows());
}

Matrix start_map(const MatrixView& x, const constraints::Supervision& supervision,
                 const std::vector<linalg::RowPair>& near_pairs, Index rank, Start start, const FitContext& context) {
  const Index d = x.cols();
  if (context.start != nullptr) return given_start(*context.start, rank, d);
  const Index rows = rank == 0 ? d : rank;
  if (start == Start::automatic) start = rows == d ? Start::identity : Start::pca;
  Matrix map = Matrix::Identity(rows, d);
  if (start == Start::pca) map = principal_directions(x, rows);
  if (start == Start::lda) map = discriminants(x, supervision, rows);
  if (start == Start::random) map = random_entries(rows, d, context.seed);
  const double scale = near_scale(linalg::product_with_transpose(x, map), near_pairs);
  return scale > 0.0 ? Matrix(map / std::sqrt(scale)) : map;
}

}  // namespace holdfast::learners
