#include "holdfast/constraints/triplets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>

#include "holdfast/constraints/pairs.hpp"
#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/neighbors/exact_index.hpp"

namespace holdfast::constraints {
namespace {

using linalg::RowPair;

/// Neighbour lists of the rows, in the numbering of the whole data; a list may be short or empty.
using NeighborLists = std::vector<std::vector<std::int32_t>>;

/// Searches `queries` among `candidates`, both row numbers of x, and writes the neighbours as row numbers of x. If
/// `same` is set, both lists have the same rows, and no row is its own neighbour.
void search_among(const MatrixView& x, std::span<const Index> queries, std::span<const Index> candidates, bool same,
                  Index wanted, NeighborLists& lists, const Observer& observer) {
  const Index k = std::min(wanted, static_cast<Index>(candidates.size()) - (same ? 1 : 0));
  if (k < 1 || queries.empty()) return;
  const neighbors::ExactIndex<double> index(select_rows(x, candidates));
  std::vector<Index> themselves(same ? queries.size() : 0);
  std::iota(themselves.begin(), themselves.end(), Index{0});
  const neighbors::Neighbors found =
      index.search(select_rows(x, queries), k, {.left_out = themselves, .observer = observer});
  for (std::size_t q = 0; q < queries.size(); ++q) {
    for (const auto row : found.rows.row(static_cast<Index>(q))) {
      const Index neighbor = candidates[static_cast<std::size_t>(row)];
      lists[static_cast<std::size_t>(queries[q])].push_back(static_cast<std::int32_t>(neighbor));
    }
  }
}

/// Calls search(rows of a class, observer) class by class. The observer sees the queries of all classes as one count.
template <class Search>
void for_each_class(const std::vector<std::vector<Index>>& classes, Index rows, const Observer& observer,
                    Search&& search) {
  Index done = 0;
  Observer overall;
  if (observer) {
    overall = [&](const Progress& progress) { return observer({progress.stage, done + progress.step, rows, 0.0}); };
  }
  for (const std::vector<Index>& members : classes) {
    search(members, overall);
    done += static_cast<Index>(members.size());
  }
}

Fault at_least_one(const char* option, Index value) {
  return {.field = option, .value = fmt::format("{}", value), .rule = "must be at least 1"};
}

}  // namespace

std::vector<RowPair> target_pairs(const MatrixView& x, const Labels& labels, Index targets, const Observer& observer) {
  require_separable(x, labels);
  if (targets < 1) throw InputError(at_least_one("neighbors", targets));
  NeighborLists lists(static_cast<std::size_t>(x.rows()));
  for_each_class(class_rows(labels.codes), x.rows(), observer,
                 [&](const std::vector<Index>& members, const Observer& o) {
                   search_among(x, members, members, true, targets, lists, o);
                 });
  std::vector<RowPair> pairs;
  for (std::size_t row = 0; row < lists.size(); ++row) {
    for (const std::int32_t target : lists[row]) pairs.push_back({static_cast<std::int32_t>(row), target});
  }
  return pairs;
}

TripletSet with_impostors(std::vector<RowPair> near_pairs, const MatrixView& x, const Labels& labels, Index impostors,
                          const Observer& observer) {
  if (impostors < 1) throw InputError(at_least_one("impostors", impostors));
  NeighborLists lists(static_cast<std::size_t>(x.rows()));
  for_each_class(class_rows(labels.codes), x.rows(), observer,
                 [&](const std::vector<Index>& members, const Observer& o) {
                   if (members.empty()) return;
                   std::vector<Index> others;
                   for (Index row = 0; row < x.rows(); ++row) {
                     if (labels.code(row) != labels.code(members.front())) others.push_back(row);
                   }
                   search_among(x, members, others, false, impostors, lists, o);
                 });
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
  return with_impostors(target_pairs(x, labels, options.targets, observer), x, labels, options.impostors, observer);
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
