#include "holdfast/learners/rca.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "holdfast/learners/registry.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"
#include "learners/common_options.hpp"
#include "learners/fitting.hpp"
#include "learners/whitening.hpp"

namespace holdfast::learners {
namespace {

using constraints::ChunkSet;

/// Rows with the chunks that they are in.
struct ChunkedRows {
  Matrix x;
  std::vector<std::vector<Index>> chunks;  ///< rows of each chunk
};

/// The given chunks, or chunks drawn by label.
ChunkedRows chunked(const MatrixView& x, const constraints::Supervision& supervision, const RcaOptions& options,
                    std::uint64_t seed, FitReport& report) {
  ChunkedRows result;
  if (const auto* given = std::get_if<ChunkSet>(&supervision)) {
    constraints::require_usable(*given, x.rows());
    result = {x, rows_of_chunks(*given)};
  } else if (const auto* labels = std::get_if<Labels>(&supervision)) {
    constraints::require_separable(x, *labels);
    SortedRows sorted = sorted_rows(x, supervision);
    Random random(seed);
    const ChunkSet drawn = constraints::sample_chunks(std::get<Labels>(sorted.supervision), options.sample_chunks,
                                                      options.chunk_size, random);
    result = {std::move(sorted.x), rows_of_chunks(drawn)};
    const auto count = static_cast<Index>(result.chunks.size());
    if (count < options.sample_chunks) {
      report.derived.emplace_back("sample_chunks_used", static_cast<double>(count));
      report.log.push_back(
          fmt::format("the classes hold no more than {} chunks of {} rows", count, options.chunk_size));
    }
  } else {
    refuse_supervision("rca", supervision);
  }
  return result;
}

/// The rows in chunks, and the same about the means of their chunks.
struct InnerRows {
  Matrix rows;
  Matrix centred;
};

InnerRows inner_rows_of(const ChunkedRows& given) {
  std::vector<Index> members;
  for (const std::vector<Index>& chunk : given.chunks) members.insert(members.end(), chunk.begin(), chunk.end());
  InnerRows result{select_rows(given.x, members), {}};
  result.centred = result.rows;
  Index begin = 0;
  for (const std::vector<Index>& chunk : given.chunks) {
    auto block = result.centred.middleRows(begin, static_cast<Index>(chunk.size()));
    block.rowwise() -= block.colwise().mean().eval();
    begin += block.rows();
  }
  return result;
}

/// The whitening of the rows in chunks, or of all rows if those in chunks span fewer directions.
Whitening total_of(const Matrix& all, const Matrix& in_chunks) {
  Whitening inner = whitening_of("rca", in_chunks);
  if (inner.rank == all.cols()) return inner;
  Whitening whole = whitening_of("rca", all);
  return inner.rank < whole.rank ? whole : inner;
}

}  // namespace

const OptionTable<RcaOptions>& RcaOptions::table() {
  static const OptionTable<RcaOptions> options = {
      {rank_option(), &RcaOptions::rank},
      {with_labels(count("sample-chunks",
                         "chunks drawn by label, each of rows of one class; fewer if the classes hold no more",
                         at_least(1), logarithmic(20, 1000))),
       &RcaOptions::sample_chunks},
      {with_labels(count("chunk-size", "rows of a chunk drawn by label", at_least(2), SearchRange{2, 6})),
       &RcaOptions::chunk_size},
  };
  return options;
}

Fit fit_rca(const MatrixView& x, const constraints::Supervision& supervision, const RcaOptions& options,
            const FitContext& context) {
  validate(options, x.cols());
  FitReport report;
  const ChunkedRows given = chunked(x, supervision, options, context.seed, report);
  const InnerRows inner = inner_rows_of(given);
  const Whitening whitening = total_of(given.x, inner.rows);
  whitening.warn_of_dependence(report);
  report.log.push_back(fmt::format("{} chunks hold {} rows", given.chunks.size(), inner.rows.rows()));
  if (whitening.rank == 0) return {metric::Metric::from_map(whitening.map), std::move(report)};
  // In the whitened space T is the identity, so that C v = mu T v is an ordinary eigenproblem.
  const Matrix z = linalg::product_with_transpose(inner.centred, whitening.map);
  Matrix covariance = linalg::transpose_product(z, z) / static_cast<double>(z.rows());
  regularize_whitened(covariance, 1.0, "the covariance within the chunks", report);
  const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(covariance);
  const Index rank = std::min(options.rank > 0 ? options.rank : x.cols(), whitening.rank);
  const Vector shares = eigen.values.head(rank);
  report.objective = shares.mean();
  Matrix map = linalg::transpose_product(eigen.vectors.leftCols(rank) * shares.cwiseSqrt().cwiseInverse().asDiagonal(),
                                         whitening.map);
  if (!map.allFinite()) throw not_finite("rca", 0);
  return {metric::Metric::from_map(std::move(map)), std::move(report)};
}

}  // namespace holdfast::learners
