#include "learners/pair_learning.hpp"

#include <fmt/format.h>

#include <cmath>

#include "holdfast/core/error.hpp"
#include "holdfast/learners/registry.hpp"
#include "learners/fitting.hpp"

namespace holdfast::learners {
namespace {

Matrix without_zeros(const Matrix& differences) {
  std::vector<Index> kept;
  for (Index i = 0; i < differences.rows(); ++i) {
    if ((differences.row(i).array() != 0.0).any()) kept.push_back(i);
  }
  return select_rows(differences, kept);
}

}  // namespace

Matrix differences_of(const MatrixView& x, const std::vector<linalg::RowPair>& pairs) {
  Matrix differences(static_cast<Index>(pairs.size()), x.cols());
  for (Index i = 0; i < differences.rows(); ++i) {
    const linalg::RowPair& pair = pairs[static_cast<std::size_t>(i)];
    differences.row(i) = x.row(pair.first) - x.row(pair.second);
  }
  return differences;
}

CountedPairs pairs_of(std::string_view method, const MatrixView& x, const constraints::Supervision& supervision,
                      Index per_kind, std::uint64_t seed, FitReport& report) {
  CountedPairs counted;
  if (const auto* given = std::get_if<constraints::PairSet>(&supervision)) {
    constraints::require_usable(*given, x.rows());
    counted = {x, *given};
  } else if (const auto* labels = std::get_if<Labels>(&supervision)) {
    constraints::require_separable(x, *labels);
    SortedRows sorted = sorted_rows(x, supervision);
    Random random(seed);
    const Index count = per_kind > 0 ? per_kind : 20 * labels->classes() * labels->classes();
    counted = {std::move(sorted.x), constraints::sample_pairs(std::get<Labels>(sorted.supervision), 2 * count, random)};
  } else {
    refuse_supervision(method, supervision);
  }
  if (!std::isfinite(counted.x.squaredNorm())) throw not_finite(method, 0);
  report.log.push_back(
      fmt::format("{} similar and {} dissimilar pairs", counted.pairs.similar.size(), counted.pairs.dissimilar.size()));
  return counted;
}

PairDifferences differences_of(const CountedPairs& counted, FitReport& report) {
  PairDifferences differences{without_zeros(differences_of(counted.x, counted.pairs.similar)),
                              without_zeros(differences_of(counted.x, counted.pairs.dissimilar))};
  const auto given = static_cast<Index>(counted.pairs.similar.size() + counted.pairs.dissimilar.size());
  const Index equal = given - differences.similar.rows() - differences.dissimilar.rows();
  if (equal > 0) report.log.push_back(fmt::format("{} pairs of equal rows are left out", equal));
  return differences;
}

double mean_variance(const MatrixView& x) {
  const Matrix centred = x.rowwise() - x.colwise().mean();
  double sum = 0.0;
  Index varying = 0;
  for (Index k = 0; k < x.cols(); ++k) {
    const double variance = centred.col(k).squaredNorm() / static_cast<double>(x.rows());
    if (!((x.col(k).array() != x(0, k)).any() && variance > 0.0)) continue;
    sum += variance;
    ++varying;
  }
  return varying > 0 ? sum / static_cast<double>(varying) : 1.0;
}

Fit unlearned(Index dimension, FitReport report, std::string_view reason) {
  report.warnings.push_back(fmt::format("{}; M is the identity", reason));
  return {metric::Metric::euclidean(dimension), std::move(report)};
}

}  // namespace holdfast::learners
