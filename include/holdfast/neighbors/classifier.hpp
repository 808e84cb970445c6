// k-NN classification from neighbours already found.
#pragma once

#include <span>
#include <vector>

#include "holdfast/neighbors/exact_index.hpp"

namespace holdfast::neighbors {

/// The class of each query by majority vote of its neighbours (`codes` of the reference rows, values below `classes`).
/// A tie goes to the tied class that has the nearest member.
[[nodiscard]] std::vector<int> vote(const Neighbors& neighbors, std::span<const int> codes, Index classes);

/// Throws InputError unless k is odd and 1 <= k <= rows: with an even k the certificates have no majority to hold.
void require_valid_k(Index k, Index rows);

}  // namespace holdfast::neighbors
