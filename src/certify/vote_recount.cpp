#include "certify/vote_recount.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "holdfast/certify/poisoning.hpp"

namespace holdfast::certify {
namespace {

/// The other classes among the rows, and one that is new.
std::set<int> rivals(std::span<const int> classes, int predicted) {
  std::set<int> rivals(classes.begin(), classes.end());
  rivals.insert(1 + *std::ranges::max_element(classes));
  rivals.erase(predicted);
  return rivals;
}

bool loses_with_inserted(std::span<const int> classes, Index k, int predicted, Index count) {
  return std::ranges::any_of(rivals(classes, predicted), [&](int rival) {
    std::vector<int> more(static_cast<std::size_t>(count), rival);
    more.insert(more.end(), classes.begin(), classes.end());
    return recounted_vote(more, k) != predicted;
  });
}

bool loses_with_relabeled(std::span<const int> classes, Index k, int predicted, Index count) {
  return std::ranges::any_of(rivals(classes, predicted), [&](int rival) {
    std::vector<int> changed(classes.begin(), classes.end());
    Index left = count;
    for (int& of : changed) {
      if (of == predicted && left-- > 0) of = rival;
    }
    return recounted_vote(changed, k) != predicted;
  });
}

bool loses_without(std::span<const int> classes, Index k, int predicted, Index count) {
  std::vector<int> rest;
  Index left = count;
  for (const int of : classes) {
    if (of != predicted || left-- <= 0) rest.push_back(of);
  }
  return !rest.empty() && recounted_vote(rest, k) != predicted;
}

}  // namespace

int recounted_vote(std::span<const int> classes, Index k) {
  const std::span<const int> voters = classes.first(std::min(classes.size(), static_cast<std::size_t>(k)));
  std::map<int, Index> votes;
  Index most = 0;
  for (const int of : voters) most = std::max(most, ++votes[of]);
  return *std::ranges::find_if(voters, [&](int of) { return votes[of] == most; });
}

bool is_least_number(ReferenceChange kind, std::span<const int> classes, Index k, int predicted, Index count) {
  if (count == Poisoning::never) {
    const bool is_alone = std::ranges::count(classes, predicted) == static_cast<Index>(classes.size());
    return kind == ReferenceChange::deletion && is_alone;
  }
  // More changes than rows do nothing more.
  if (count < 1 || count > static_cast<Index>(classes.size())) return false;
  // Rows beyond the k nearest matter if others are deleted, and only then.
  const std::span<const int> voters = classes.first(std::min(classes.size(), static_cast<std::size_t>(k)));
  const auto loses = [&](Index changes) {
    switch (kind) {
      case ReferenceChange::insertion: return loses_with_inserted(voters, k, predicted, changes);
      case ReferenceChange::deletion: return loses_without(classes, k, predicted, changes);
      case ReferenceChange::relabeling: return loses_with_relabeled(voters, k, predicted, changes);
    }
    return false;
  };
  return loses(count) && !loses(count - 1);
}

}  // namespace holdfast::certify
