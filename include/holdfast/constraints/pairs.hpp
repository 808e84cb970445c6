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

/// The error of a row number that is out of range; empty for a valid one.
[[nodiscard]] std::string problem_of_row(long long row, Index rows);
/// The error of a pair of rows in range; empty for a valid one.
[[nodiscard]] std::string problem_of(const linalg::RowPair& pair);

/// Throws InputError if a row is out of range, a pair has the same row twice or is both similar and dissimilar, or if
/// there is no similar or no dissimilar pair.
void require_usable(const PairSet& pairs, Index rows);

/// Up to count / 2 similar and count / 2 dissimilar pairs by label, uniform among all of their kind, none twice; all of
/// them if there are fewer. O(n + count) memory. Throws InputError if a kind has no pairs, and for count < 2.
[[nodiscard]] PairSet sample_pairs(const Labels& labels, Index count, Random& random);

}  // namespace holdfast::constraints
