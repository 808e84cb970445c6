// Votes and numbers of changed reference rows, recounted from the classes of the rows in the order of their distances.
#pragma once

#include <span>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast::certify {

/// The class with the most votes among the first k of `classes` (all if they are fewer, at least 1); a tie goes to the
/// class of the nearest.
[[nodiscard]] int recounted_vote(std::span<const int> classes, Index k);

enum class ReferenceChange { insertion, deletion, relabeling };

/// Whether `count` is the least number of changes of one kind after which another class than `predicted` wins the vote
/// of the k nearest rows. `classes`: of all rows, nearest first. The rows are changed as the kind asks, and the votes
/// counted again, with `count` changes and with one less: rows of a rival class put before all others, the nearest rows
/// of the class removed, or turned into the rival. No other changes of that kind do more (see Poisoning), and more of
/// them never do less. Poisoning::never: no number suffices.
[[nodiscard]] bool is_least_number(ReferenceChange kind, std::span<const int> classes, Index k, int predicted,
                                   Index count);

}  // namespace holdfast::certify
