#include "learners/start_map.hpp"

#include <fmt/format.h>

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <string>

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

/// Fisher's discriminants, then the principal directions of what they leave.
Matrix discriminants(const MatrixView& x, const Labels& labels, Index rows, std::string& warning) {
  const Matrix found = whole_discriminants(x, labels);
  const Index own = std::min(found.rows(), rows);
  Matrix map(rows, x.cols());
  map.topRows(own) = found.topRows(own);
  if (own == rows) return map;
  Matrix rest = x.rowwise() - x.colwise().mean();
  if (own > 0) {
    const Matrix directions = found.transpose().householderQr().householderQ() * Matrix::Identity(x.cols(), own);
    rest -= linalg::product_with_transpose(linalg::product(rest, directions), directions);
  }
  map.bottomRows(rows - own) = principal_directions(rest, rows - own);
  warning = fmt::format(
      "init lda: the data have {} discriminants, and L has {} rows; the others begin as principal "
      "directions",
      own, rows);
  return map;
}

/// Discriminants if the classes are enough for them, as in other implementations of these learners.
Start chosen(Start start, const Labels* labels, Index rows, const MatrixView& x) {
  if (start != Start::automatic) return start;
  if (labels != nullptr && rows < x.cols() && rows < labels->classes()) return Start::lda;
  return rows < x.rows() ? without_classes(start, rows, x.cols()) : Start::identity;
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

Start without_classes(Start start, Index rank, Index dimension) {
  if (start != Start::automatic) return start;
  return rank == 0 || rank == dimension ? Start::identity : Start::pca;
}

Matrix start_map(const MatrixView& x, const constraints::Supervision& supervision,
                 const std::vector<linalg::RowPair>& near_pairs, Index rank, Start start, const FitContext& context,
                 FitReport& report) {
  const Index d = x.cols();
  if (context.start != nullptr) return given_start(*context.start, rank, d);
  const Index rows = rank == 0 ? d : rank;
  const auto* labels = std::get_if<Labels>(&supervision);
  const Start used = chosen(start, labels, rows, x);
  Matrix map = Matrix::Identity(rows, d);
  if (used == Start::pca) map = principal_directions(x, rows);
  if (used == Start::lda) {
    if (labels == nullptr) {
      throw InputError(Fault{.field = "init",
                             .value = "lda",
                             .rule = "needs labels: the discriminants separate classes",
                             .remedy = "use pca or identity"});
    }
    std::string warning;
    map = discriminants(x, *labels, rows, warning);
    if (!warning.empty()) (start == Start::lda ? report.warnings : report.log).push_back(warning);
  }
  if (used == Start::random) map = random_entries(rows, d, context.seed);
  const double scale = near_scale(linalg::product_with_transpose(x, map), near_pairs);
  return scale > 0.0 ? Matrix(map / std::sqrt(scale)) : map;
}

}  // namespace holdfast::learners
