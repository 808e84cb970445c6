#include "holdfast/constraints/triplets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>

#include "holdfast/constraints/pairs.hpp"
#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/error.hpp"

namespace holdfast::constraints {
namespace {

using linalg::RowPair;

Fault at_least_one(const char* option, Index value) {
  return {.field = option, .value = fmt::format("{}", value), .rule = "must be at least 1"};
}

}  // namespace

std::vector<RowPair> target_pairs(ClassNeighbors& search, std::span<const Index> anchors, Index targets,
                                  const Observer& observer) {
  require_separable(search.rows(), search.labels());
  if (targets < 1) throw InputError(at_least_one("neighbors", targets));
  const NeighborLists lists = search.search(ClassNeighbors::Of::own_class, anchors, targets, observer);
  std::vector<RowPair> pairs;
  for (std::size_t row = 0; row < lists.size(); ++row) {
    for (const std::int32_t target : lists[row]) pairs.push_back({static_cast<std::int32_t>(row), target});
  }
  return pairs;
}

std::vector<RowPair> target_pairs(const MatrixView& x, const Labels& labels, Index targets, const Observer& observer) {
  ClassNeighbors search(x, labels);
  return target_pairs(search, {}, targets, observer);
}

TripletSet with_impostors(std::vector<RowPair> near_pairs, const MatrixView& x, const Labels& labels, Index impostors,
                          const Observer& observer) {
  ClassNeighbors search(x, labels);
  return with_impostors(std::move(near_pairs), search, impostors, observer);
}

TripletSet with_impostors(std::vector<RowPair> near_pairs, ClassNeighbors& search, Index impostors,
                          const Observer& observer) {
  if (impostors < 1) throw InputError(at_least_one("impostors", impostors));
  std::vector<Index> anchors;
  for (const RowPair& pair : near_pairs) {
    if (anchors.empty() || anchors.back() != pair.first) anchors.push_back(pair.first);
  }
  NeighborLists lists(static_cast<std::size_t>(search.rows().rows()));
  if (!anchors.empty()) lists = search.search(ClassNeighbors::Of::other_classes, anchors, impostors, observer);
  TripletSet set{std::move(near_pairs), {}};
  std::size_t count = 0;
  for (const RowPair& pair : set.near_pairs) count += lists[static_cast<std::size_t>(pair.first)].size();
  if (count > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    throw InputError(Fault{.rule = fmt::format("{} triplets are more than 2147483647", count),
                           .remedy = "lower `neighbors` or `impostors`"});
  }
  set.triplets.reserve(count);
  for (const RowPair& pair : set.near_pairs) {
    for (const std::int32_t impostor : lists[static_cast<std::size_t>(pair.first)]) {
      set.triplets.push_back({pair.first, pair.second, impostor});
    }
  }
  return set;
}

TripletSet united(const TripletSet& a, const TripletSet& b) {
  std::vector<Triplet> left = a.triplets;
  std::vector<Triplet> right = b.triplets;
  std::sort(left.begin(), left.end());
  std::sort(right.begin(), right.end());
  TripletSet result{a.near_pairs, {}};
  std::set_union(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(result.triplets));
  return result;
}

TripletSet triplets_from_labels(const MatrixView& x, const Labels& labels, const NeighborhoodOptions& options,
                                const Observer& observer) {
  ClassNeighbors search(x, labels);
  return with_impostors(target_pairs(search, {}, options.targets, observer), search, options.impostors, observer);
}

TripletSet from_triplets(std::vector<Triplet> triplets) {
  std::sort(triplets.begin(), triplets.end());
  triplets.erase(std::unique(triplets.begin(), triplets.end()), triplets.end());
  TripletSet set{{}, std::move(triplets)};
  for (const Triplet& t : set.triplets) {
    const RowPair pair{t.anchor, t.target};
    if (set.near_pairs.empty() || !(set.near_pairs.back() == pair)) set.near_pairs.push_back(pair);
  }
  return set;
}

std::string problem_of(const Triplet& t) {
  if (t.anchor != t.target && t.anchor != t.impostor && t.target != t.impostor) return {};
  return fmt::format("row {} is named twice; a triplet is three rows", t.anchor == t.target ? t.anchor : t.impostor);
}

void require_usable(const TripletSet& set, Index rows) {
  if (set.triplets.empty()) {
    throw InputError(Fault{.rule = "there are no triplets, and a metric is learned from one or more"});
  }
  const auto shown = [](const Triplet& t) {
    return fmt::format("triplet ({}, {}, {})", t.anchor, t.target, t.impostor);
  };
  std::vector<Triplet> sorted = set.triplets;
  std::sort(sorted.begin(), sorted.end());
  for (const Triplet& t : sorted) {
    std::string problem = problem_of(t);
    for (const std::int32_t row : {t.impostor, t.target, t.anchor}) {
      if (std::string own = problem_of_row(row, rows); !own.empty()) problem = std::move(own);
    }
    if (!problem.empty()) throw InputError(Fault{.place = shown(t), .rule = problem});
    if (std::binary_search(sorted.begin(), sorted.end(), Triplet{t.anchor, t.impostor, t.target})) {
      throw InputError(Fault{.place = shown(t),
                             .rule = fmt::format("contradicts the {}", shown({t.anchor, t.impostor, t.target})),
                             .remedy = "keep one of them"});
    }
  }
}

}  // namespace holdfast::constraints
