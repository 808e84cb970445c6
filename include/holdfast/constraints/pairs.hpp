// Pairs of rows as supervision.
#pragma once

#include <string>
#include <vector>

#include "holdfast/core/dataset.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/linalg/pair_graph.hpp"

namespace holdfast::constraints {

/// Pairs of rows, counted from 0, that should be near, and pairs that should be far.
struct PairSet {
  std::vector<linalg::RowPair> similar;
  std::vector<linalg::RowPair> dissimilar;
  bool operator==(const PairSet&) const = default;
};

/// What is wrong with a row number, and what would be right; empty where nothing is.
[[nodiscard]] std::string problem_of_row(long long row, Index rows);
/// What is wrong with a pair of rows in range; empty where nothing is.
[[nodiscard]] std::string problem_of(const linalg::RowPair& pair);

/// Throws InputError where a row is outside 0..rows-1, a pair is of a row with itself or both similar and dissimilar,
/// and where there is no similar or no dissimilar pair.
void require_usable(const PairSet& pairs, Index rows);

/// Up to count / 2 similar and count / 2 dissimilar pairs by label, uniform among all of their kind, none twice; all of
/// them where there are no more. O(n + count) memory. Throws InputError where a kind has none, and for count < 2.
[[nodiscard]] PairSet sample_pairs(const Labels& labels, Index count, Random& random);

}  // namespace holdfast::constraints
