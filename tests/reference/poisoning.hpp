// Oracle: the least numbers of changed reference rows, by trying all changes. For tiny data.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast::reference {

/// The class that wins among the first k of `classes`, or among all if they are fewer; ties go to the nearest.
inline int winner_of(const std::vector<int>& classes, std::size_t k) {
  std::vector<int> votes(16, 0);
  const std::size_t voters = std::min(k, classes.size());
  for (std::size_t at = 0; at < voters; ++at) ++votes[static_cast<std::size_t>(classes[at])];
  const int most = *std::max_element(votes.begin(), votes.end());
  for (std::size_t at = 0; at < voters; ++at) {
    if (votes[static_cast<std::size_t>(classes[at])] == most) return classes[at];
  }
  return -1;
}

/// Whether `count` rows of classes below `names`, inserted anywhere, make another class win.
inline bool insertions_suffice(const std::vector<int>& classes, std::size_t k, int predicted, int names, int count) {
  if (count == 0) return winner_of(classes, k) != predicted;
  for (std::size_t place = 0; place <= classes.size(); ++place) {
    for (int name = 0; name < names; ++name) {
      std::vector<int> more = classes;
      more.insert(more.begin() + static_cast<std::ptrdiff_t>(place), name);
      if (insertions_suffice(more, k, predicted, names, count - 1)) return true;
    }
  }
  return false;
}

inline Index fewest_insertions(const std::vector<int>& classes, std::size_t k, int names) {
  const int predicted = winner_of(classes, k);
  int count = 1;
  while (!insertions_suffice(classes, k, predicted, names, count)) ++count;
  return count;
}

/// Over all subsets that leave a row; the largest Index if none suffices.
inline Index fewest_deletions(const std::vector<int>& classes, std::size_t k) {
  const int predicted = winner_of(classes, k);
  Index fewest = std::numeric_limits<Index>::max();
  for (std::size_t kept = 1; kept < std::size_t{1} << classes.size(); ++kept) {
    std::vector<int> rest;
    for (std::size_t at = 0; at < classes.size(); ++at) {
      if ((kept >> at & 1U) != 0) rest.push_back(classes[at]);
    }
    if (winner_of(rest, k) == predicted) continue;
    fewest = std::min(fewest, static_cast<Index>(classes.size() - rest.size()));
  }
  return fewest;
}

/// Over all assignments of classes below `names`.
inline Index fewest_relabelings(const std::vector<int>& classes, std::size_t k, int names) {
  const int predicted = winner_of(classes, k);
  Index fewest = std::numeric_limits<Index>::max();
  std::vector<int> other(classes.size(), 0);
  for (;;) {
    if (winner_of(other, k) != predicted) {
      Index changed = 0;
      for (std::size_t at = 0; at < classes.size(); ++at) changed += other[at] != classes[at] ? 1 : 0;
      fewest = std::min(fewest, changed);
    }
    std::size_t digit = 0;
    while (digit < other.size() && ++other[digit] == names) other[digit++] = 0;
    if (digit == other.size()) return fewest;
  }
}

}  // namespace holdfast::reference
