#include "holdfast/learners/discriminants.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/spd.hpp"
#include "holdfast/neighbors/exact_index.hpp"
#include "holdfast/neighbors/kmeans.hpp"

namespace holdfast::learners {
namespace {

constexpr std::array<Index, 2> region_sizes = {10, 20};  ///< rows per class
constexpr double ridge_share = 0.01;

/// One class as the regions see it.
struct ClassRows {
  Matrix rows;
  neighbors::RowMatrix<std::int32_t> nearest;  ///< centres x rows per class, row numbers within the class
};

/// Fisher's directions: unit vectors (rows, at most `most`) along which the rows of `between` are large beside those of
/// `within`, by falling power to separate. With W = within^T within + ridge = C C^T they are C^-T v over the leading
/// left singular vectors v of C^-1 between^T.
Matrix fisher_directions(const Matrix& within, const Matrix& between, Index most) {
  const Index d = within.cols();
  Matrix scatter = linalg::transpose_product(within, within);
  const double mean_scatter = scatter.trace() / static_cast<double>(d);
  const double ridge = mean_scatter > 0.0 ? ridge_share * mean_scatter : between.squaredNorm() / static_cast<double>(d);
  if (!(ridge > 0.0)) return Matrix(0, d);  // all rows are equal
  scatter.diagonal().array() += ridge;
  const Matrix lower = linalg::cholesky(scatter);
  const Matrix whitened = lower.triangularView<Eigen::Lower>().solve(between.transpose());  // d x rows of between
  // From the smaller of the two Gram matrices.
  const bool few = between.rows() < d;
  const linalg::SymmetricEigen gram = linalg::symmetric_eigen(few ? linalg::transpose_product(whitened, whitened)
                                                                  : linalg::product_with_transpose(whitened, whitened));
  const Index size = gram.values.size();
  Index rank = 0;
  while (rank < std::min(size, most) && gram.values[size - 1 - rank] > 1e-10 * gram.values[size - 1]) ++rank;
  const Matrix leading = gram.vectors.rightCols(rank).rowwise().reverse();
  Matrix directions = few ? Matrix(whitened * leading) : leading;  // d x rank
  lower.transpose().triangularView<Eigen::Upper>().solveInPlace(directions);
  directions.colwise().normalize();
  return directions.transpose();
}

/// Of the `size` nearest rows of each class to centre `centre`.
Matrix class_directions(const std::vector<ClassRows>& classes, Index centre, Index size) {
  const Index d = classes.front().rows.cols();
  const auto c = static_cast<Index>(classes.size());
  Index total = 0;
  for (const ClassRows& own : classes) total += std::min<Index>(size, own.nearest.cols());
  Matrix within(total, d);
  Matrix means(c, d);
  Vector counts(c);
  Index at = 0;
  for (Index k = 0; k < c; ++k) {
    const ClassRows& own = classes[static_cast<std::size_t>(k)];
    const Index rows = std::min<Index>(size, own.nearest.cols());
    for (Index i = 0; i < rows; ++i) within.row(at + i) = own.rows.row(own.nearest(centre, i));
    means.row(k) = within.middleRows(at, rows).colwise().mean();
    within.middleRows(at, rows).rowwise() -= means.row(k);
    counts[k] = static_cast<double>(rows);
    at += rows;
  }
  const RowVector mean = (counts.asDiagonal() * means).colwise().sum() / counts.sum();
  return fisher_directions(within, counts.cwiseSqrt().asDiagonal() * (means.rowwise() - mean), c - 1);
}

/// The first `count` directions of all regions: the strongest of every region before the second of any.
Matrix strongest_first(const std::vector<Matrix>& regions, Index count, Index dimension) {
  Matrix basis(count, dimension);
  Index filled = 0;
  for (Index place = 0; filled < count; ++place) {
    const Index before = filled;
    for (const Matrix& directions : regions) {
      if (place < directions.rows() && filled < count) basis.row(filled++) = directions.row(place);
    }
    if (filled == before) break;
  }
  return basis.topRows(filled);
}

}  // namespace

Matrix whole_discriminants(const MatrixView& x, const Labels& labels) {
  const RowVector mean = x.colwise().mean();
  Matrix within = x;
  std::vector<RowVector> between;
  for (const std::vector<Index>& rows : class_rows(labels.codes)) {
    if (rows.empty()) continue;
    const RowVector own_mean = select_rows(x, rows).colwise().mean();
    for (const Index row : rows) within.row(row) -= own_mean;
    between.push_back(std::sqrt(static_cast<double>(rows.size())) * (own_mean - mean));
  }
  Matrix means(static_cast<Index>(between.size()), x.cols());
  for (Index k = 0; k < means.rows(); ++k) means.row(k) = between[static_cast<std::size_t>(k)];
  return fisher_directions(within, means, means.rows() - 1);
}

Matrix local_discriminants(const Matrix& x, const Labels& labels, Index count, Random& random) {
  std::vector<std::vector<Index>> rows_of = class_rows(labels.codes);
  std::erase_if(rows_of, [](const std::vector<Index>& rows) { return rows.empty(); });
  const auto c = static_cast<Index>(rows_of.size());

  const Index per_region = static_cast<Index>(region_sizes.size()) * std::min(c - 1, x.cols());
  const Matrix centres = neighbors::kmeans(x, (count + per_region - 1) / per_region, random);
  std::vector<ClassRows> classes;
  for (const std::vector<Index>& rows : rows_of) {
    ClassRows own{select_rows(x, rows), {}};
    own.nearest = neighbors::nearest(centres, own.rows, std::min<Index>(region_sizes.back(), own.rows.rows())).rows;
    classes.push_back(std::move(own));
  }
  const Index regions = centres.rows() * static_cast<Index>(region_sizes.size());
  std::vector<Matrix> found(static_cast<std::size_t>(regions));
  parallel_chunks(regions, [&](Index region) {
    const auto size = static_cast<std::size_t>(region) % region_sizes.size();
    found[static_cast<std::size_t>(region)] =
        class_directions(classes, region / static_cast<Index>(region_sizes.size()), region_sizes[size]);
  });
  return strongest_first(found, count, x.cols());
}

Matrix local_discriminants(const Matrix& x, const constraints::TripletSet& set, Index count, Random& random) {
  // A sample of a region's triplets is enough: each gives one difference to either scatter.
  constexpr std::size_t most_triplets = 200;
  constexpr Index per_region = 5;
  std::vector<Index> anchors;
  for (const constraints::Triplet& t : set.triplets) {
    if (anchors.empty() || anchors.back() != t.anchor) anchors.push_back(t.anchor);
  }
  const Matrix anchor_rows = select_rows(x, anchors);
  const Matrix centres = neighbors::kmeans(anchor_rows, (count + per_region - 1) / per_region, random);
  const neighbors::Neighbors nearest = neighbors::nearest(anchor_rows, centres, 1);
  std::vector<std::vector<constraints::Triplet>> members(static_cast<std::size_t>(centres.rows()));
  std::size_t at = 0;
  for (std::size_t a = 0; a < anchors.size(); ++a) {
    auto& own = members[static_cast<std::size_t>(nearest.rows(static_cast<Index>(a), 0))];
    for (; at < set.triplets.size() && set.triplets[at].anchor == anchors[a]; ++at) {
      if (own.size() < most_triplets) own.push_back(set.triplets[at]);
    }
  }
  std::vector<Matrix> found(members.size());
  parallel_chunks(static_cast<Index>(members.size()), [&](Index region) {
    const auto& own = members[static_cast<std::size_t>(region)];
    Matrix near(static_cast<Index>(own.size()), x.cols());
    Matrix far(static_cast<Index>(own.size()), x.cols());
    for (std::size_t t = 0; t < own.size(); ++t) {
      near.row(static_cast<Index>(t)) = x.row(own[t].anchor) - x.row(own[t].target);
      far.row(static_cast<Index>(t)) = x.row(own[t].anchor) - x.row(own[t].impostor);
    }
    found[static_cast<std::size_t>(region)] =
        own.empty() ? Matrix(0, x.cols()) : fisher_directions(near, far, per_region);
  });
  return strongest_first(found, count, x.cols());
}

}  // namespace holdfast::learners
