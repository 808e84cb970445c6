// Shared steps of the learners over given or drawn pairs: the differences of the pairs.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/learners/fit_result.hpp"

namespace holdfast::learners {

/// Differences x - x' of pairs of rows, one per row of the matrix.
struct PairDifferences {
  Matrix similar;
  Matrix dissimilar;
};

/// x_first - x_second of each pair, pairs x d.
[[nodiscard]] Matrix differences_of(const MatrixView& x, const std::vector<linalg::RowPair>& pairs);

/// Pairs of rows, and the rows that they count.
struct CountedPairs {
  Matrix x;
  constraints::PairSet pairs;
};

/// Given pairs, or `per_kind` pairs of each kind drawn by label (0: 20 c^2 for c classes), from rows sorted by their
/// values. Throws InputError for supervision of another kind, and FitFailed if the squares of values overflow.
[[nodiscard]] CountedPairs pairs_of(std::string_view method, const MatrixView& x,
                                    const constraints::Supervision& supervision, Index per_kind, std::uint64_t seed,
                                    FitReport& report);

/// The differences of the pairs; those of equal rows are left out, because no metric moves them.
[[nodiscard]] PairDifferences differences_of(const CountedPairs& counted, FitReport& report);

/// The mean variance of the columns that vary; 1 if none does.
[[nodiscard]] double mean_variance(const MatrixView& x);

/// The Euclidean distance, for pairs that tell nothing.
[[nodiscard]] Fit unlearned(Index dimension, FitReport report, std::string_view reason);

}  // namespace holdfast::learners
