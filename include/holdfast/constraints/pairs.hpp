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

/// Throws InputError if a row is out of range, or a pair has the same row twice or is both similar and dissimilar.
void require_valid(const PairSet& pairs, Index rows);
/// Throws InputError as require_valid does, and if there is no similar or no dissimilar pair.
void require_usable(const PairSet& pairs, Index rows);

/// Whether a set of pairs must have pairs of both kinds, as learning needs them, or may lack one, as a test may.
enum class PairKinds { both, any };

/// Up to count / 2 similar and count / 2 dissimilar pairs by label, uniform among all of their kind, none twice; all of
/// them if there are fewer. O(n + count) memory. Throws InputError for count < 2, and if both kinds are wanted and one
/// has no pairs.
[[nodiscard]] PairSet sample_pairs(const Labels& labels, Index count, Random& random,
                                   PairKinds wanted = PairKinds::both);

}  // namespace holdfast::constraints
