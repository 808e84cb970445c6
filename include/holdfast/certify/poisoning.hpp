// How many reference rows must change before a k-NN prediction changes.
#pragma once

#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "holdfast/certify/certified_knn.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::certify {

/// For one prediction the least number of reference rows whose insertion, deletion or relabelling changes it, each kind
/// of change alone: fewer never suffice, and this many do. Metric, preprocessing and query stay as they are. 0 if the
/// prediction is wrong already.
///
/// - Insertions: rows of any class at any place, both in space and in the order of rows, so that an inserted row can
///   stand before all others at the same distance.
/// - Deletions: at least one row remains; if fewer than k remain, all of them vote. `never` if all rows are of the
///   predicted class.
/// - Relabelings: any row to any class.
///
/// A class may be new to the model; that only matters if the model has a single class.
struct Poisoning {
  /// No number of changes suffices; larger than any number of rows.
  static constexpr Index never = std::numeric_limits<Index>::max();

  Index insertions = 0;
  Index deletions = 0;
  Index relabelings = 0;

  bool operator==(const Poisoning&) const = default;
};

/// The changes of one prediction, from the classes of the reference rows in the order (distance, row). Their first k
/// vote for `predicted`. `complete`: these are all rows; else they are the nearest ones, and the result is nothing if
/// the number of deletions depends on rows beyond them. Throws std::invalid_argument if there are fewer than k, or
/// another class wins.
///
/// Exact for any number of classes. The prediction y changes if and only if a rival class c beats it, with more votes,
/// or as many and a nearer row. For each c no m changes help more than: m rows of c inserted at the query, which
/// displace the m farthest votes and win every tie; the m nearest rows of y deleted, as each takes a vote from y and
/// lets the next row vote; the m nearest rows of y relabelled to c. The smallest m over all c is the answer:
///     insertions   min m >= 1 such that v_c(k - m) + m >= v_y(k - m), with v(j) the votes among the j nearest
///     deletions    min m such that y loses the vote without its m nearest rows
///     relabelings  max(1, ceil((v_y(k) - v_c(k)) / 2))
[[nodiscard]] std::optional<Poisoning> poisoning_of(std::span<const int> classes, Index k, int predicted,
                                                    bool complete);

/// The changes of each prediction of a problem. The threat of `knn` does not matter. Reference rows that are left out
/// for a query can be neither deleted nor relabelled. Searches the nearest rows of a query, four times as many as long
/// as the number of deletions is open. The observer sees stage "poisoning", step in rows. Throws as
/// CertifiedKnn::require_fits does.
[[nodiscard]] std::vector<Poisoning> poisoning(const CertifiedKnn& knn, const CertificationProblem& problem,
                                               const Observer& observer = {});

}  // namespace holdfast::certify
