#include "holdfast/learners/lfda.hpp"

#include <fmt/format.h>

#include <Eigen/QR>
#include <algorithm>

#include "holdfast/learners/regularization.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/spd.hpp"
#include "learners/common_options.hpp"
#include "learners/fitting.hpp"
#include "learners/local_scatters.hpp"
#include "learners/whitening.hpp"

namespace holdfast::learners {
namespace {

/// The usual k of the local scale (Zelnik-Manor and Perona, NIPS 2004).
constexpr Index usual_scale_neighbors = 7;
/// Eigenvalues below this share of the largest separate nothing.
constexpr double separating_share = 1e-12;

/// Generalized eigenvectors as rows, by falling eigenvalue.
struct Directions {
  Vector values;
  Matrix rows;  ///< r x d
};

/// Solves S_b v = lambda S_w v in the whitened space, and takes the v back to the columns of the data.
Directions directions_of(const LocalScatters& scatters, const Matrix& whitening) {
  const Matrix lower = linalg::cholesky(scatters.within);
  const auto solve = lower.triangularView<Eigen::Lower>();
  const Matrix half = solve.solve(scatters.between);
  const Matrix inner = solve.solve(half.transpose());
  const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(0.5 * (inner + inner.transpose()));
  const Matrix rows = linalg::transpose_product(eigen.vectors, solve.solve(whitening));
  return {eigen.values.reverse(), rows.colwise().reverse()};
}

/// L from the leading directions.
Matrix embedded(const Directions& directions, Embedding embedding, FitReport& report) {
  if (embedding == Embedding::plain) return directions.rows;
  if (embedding == Embedding::orthonormalized) {
    const Matrix columns = directions.rows.transpose();
    const Matrix basis = columns.householderQr().householderQ() * Matrix::Identity(columns.rows(), columns.cols());
    return basis.transpose();
  }
  const double least = separating_share * std::max(directions.values[0], 0.0);
  const Index count = (directions.values.array() > least).count();
  if (count == 0) {
    report.warnings.emplace_back(
        "no direction separates the classes, so that all distances are zero; check the labels");
    return Matrix::Zero(1, directions.rows.cols());
  }
  return directions.values.head(count).cwiseSqrt().asDiagonal() * directions.rows.topRows(count);
}

}  // namespace

const OptionTable<LfdaOptions>& LfdaOptions::table() {
  static const OptionTable<LfdaOptions> options = {
      {rank_option(), &LfdaOptions::rank},
      {count("scale-neighbors",
             "the distance to the N-th nearest row of its class is the local scale of a row; 0: 7, or one less than "
             "the columns if they are fewer",
             at_least(0, "must be at least 1 (0: chosen by the number of columns)"), logarithmic(2, 30)),
       &LfdaOptions::scale_neighbors},
      {word("embedding", "the rows of L: weighted by their power to separate, orthonormalized or plain"),
       &LfdaOptions::embedding,
       {{"weighted", Embedding::weighted},
        {"orthonormalized", Embedding::orthonormalized},
        {"plain", Embedding::plain}}},
  };
  return options;
}

Fit fit_lfda(const MatrixView& x, const constraints::Supervision& supervision, const LfdaOptions& options,
             const FitContext& context) {
  validate(options, x.cols());
  const Labels& labels = labels_of("lfda", supervision);
  constraints::require_separable(x, labels);
  const Whitening whitening = whitening_of("lfda", x);
  FitReport report;
  whitening.warn_of_dependence(report);
  if (whitening.rank == 0) return {metric::Metric::from_map(whitening.map), std::move(report)};
  const Index k =
      options.scale_neighbors > 0 ? options.scale_neighbors : std::clamp<Index>(x.cols() - 1, 1, usual_scale_neighbors);
  if (options.scale_neighbors == 0) report.derived.emplace_back("scale_neighbors_used", static_cast<double>(k));
  const Matrix centred = x.rowwise() - x.colwise().mean();
  LocalScatters scatters =
      local_scatters(x, linalg::product_with_transpose(centred, whitening.map), labels, k, context.observer);
  regularize_whitened(scatters.within, static_cast<double>(x.rows()), "the local scatter within the classes", report);
  Directions directions = directions_of(scatters, whitening.map);
  const Index rank = std::min(options.rank > 0 ? options.rank : x.cols(), whitening.rank);
  directions = {directions.values.head(rank).eval(), directions.rows.topRows(rank).eval()};
  report.objective = directions.values.sum();
  Matrix map = embedded(directions, options.embedding, report);
  if (!map.allFinite()) throw not_finite("lfda", 0);
  report.log.push_back(fmt::format(
      "{} directions; the local scale of a row is the distance to its neighbour {} in its class", map.rows(), k));
  return {metric::Metric::from_map(std::move(map)), std::move(report)};
}

}  // namespace holdfast::learners
