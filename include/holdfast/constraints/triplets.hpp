// Supervision from labels: which rows should be near, which far.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "holdfast/constraints/class_neighbors.hpp"
#include "holdfast/core/dataset.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/linalg/pair_graph.hpp"

namespace holdfast::constraints {

/// Row `anchor` should be nearer to `target` than to `impostor`.
struct Triplet {
  std::int32_t anchor;
  std::int32_t target;
  std::int32_t impostor;
  auto operator<=>(const Triplet&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 sees a 0 here
};

/// S, the pairs that should be near, and T, the triplets over them. Grouped by anchor; both in the order of
/// (anchor, target, impostor) with neighbours by (distance, row).
struct TripletSet {
  std::vector<linalg::RowPair> near_pairs;  ///< S: (anchor, target)
  std::vector<Triplet> triplets;            ///< T
  bool operator==(const TripletSet&) const = default;
};

struct NeighborhoodOptions {
  Index targets = 3;     ///< k, nearest rows of the same class
  Index impostors = 10;  ///< v, nearest rows of other classes
};

/// S: each row with its nearest rows of the same class, itself excluded, by Euclidean distance over `x` (map the rows
/// first for another metric). A row of a small class has fewer; a class of one row has none.
///
/// Throws InputError as require_separable does, and for `targets` < 1; Stopped if the observer stops the search. Cost:
/// an exact search within each class (ClassNeighbors), no n x n matrix.
[[nodiscard]] std::vector<linalg::RowPair> target_pairs(const MatrixView& x, const Labels& labels, Index targets,
                                                        const Observer& observer = {});

/// The same for some rows as anchors (ascending; empty: all), by a search that may be used again.
[[nodiscard]] std::vector<linalg::RowPair> target_pairs(ClassNeighbors& search, std::span<const Index> anchors,
                                                        Index targets, const Observer& observer = {});

/// S together with T: each near pair (of `target_pairs` with the same labels) with the nearest rows of other classes to
/// its anchor, likewise over `x`. Throws InputError for `impostors` < 1 and for more than 2^31 - 1 triplets.
[[nodiscard]] TripletSet with_impostors(std::vector<linalg::RowPair> near_pairs, const MatrixView& x,
                                        const Labels& labels, Index impostors, const Observer& observer = {});

[[nodiscard]] TripletSet with_impostors(std::vector<linalg::RowPair> near_pairs, ClassNeighbors& search,
                                        Index impostors, const Observer& observer = {});

/// The triplets of both sets (over the same near pairs), each once. Refreshed impostors are added, not exchanged: a
/// metric that pushes today's impostors away must not be free to let yesterday's come back.
[[nodiscard]] TripletSet united(const TripletSet& a, const TripletSet& b);

/// target_pairs and with_impostors over the same rows.
[[nodiscard]] TripletSet triplets_from_labels(const MatrixView& x, const Labels& labels,
                                              const NeighborhoodOptions& options, const Observer& observer = {});

/// T from a list: sorted, each triplet once; S is its (anchor, target) pairs.
[[nodiscard]] TripletSet from_triplets(std::vector<Triplet> triplets);

/// The error of a triplet of rows in range; empty for a valid one.
[[nodiscard]] std::string problem_of(const Triplet& triplet);

/// Throws InputError if there is no triplet, a row is out of range, a triplet has the same row twice, or two triplets
/// contradict each other: (i, j, l) and (i, l, j).
void require_usable(const TripletSet& set, Index rows);

}  // namespace holdfast::constraints
