// The regions of perturbations in which a class loses the vote of the k nearest rows, and the parts that a search
// divides them into.
#pragma once

#include <vector>

#include "certify/nearby_rows.hpp"

namespace holdfast::certify {

/// Perturbations at which at most `own_quota` rows of the query's class and at most `third_quota` rows of third classes
/// (neither that class nor the rival's) are nearer than the pivot, a row of another class, and at least `needed` other
/// rows not of the query's class are no farther. `needs_first`: and some row of the rival is no farther than every row
/// of the query's class. Rows are places in NearbyRows.
struct Region {
  Index pivot;
  int rival;  ///< a class, or `all_others`: the query's class against all others as one
  Index own_quota;
  Index third_quota;
  Index needed;
  bool needs_first = false;

  static constexpr int all_others = -1;
};

/// What a part says of a row: nothing, nearer than the pivot, or not.
enum class Decided : char { open, in, out };

/// A part of a region: some rows are decided to be nearer than the pivot ("in") or no nearer ("out").
struct RegionPart {
  double bound;  ///< no shorter perturbation is in the part
  std::size_t region;
  bool is_refined = false;  ///< the bound is better than the pivot's alone
  std::vector<Index> in;
  std::vector<Index> out;
  Index own_in = 0;
  Index third_in = 0;
  Index first = -1;  ///< the row that is no farther than every row of the query's class; -1: not chosen
  /// Half-spaces (a no farther than b) active at the solution of the part that this one is from.
  std::vector<std::pair<Index, Index>> active;
};

/// Decides rows of a part, with what that says about equal rows: they keep the order of the reference rows.
class Decisions {
 public:
  Decisions(const NearbyRows& rows, const Region& region, RegionPart& part)
      : rows_(rows), region_(region), part_(part) {}

  /// False if no perturbation is left.
  bool put_in(Index row);
  bool put_out(Index row);

 private:
  const NearbyRows& rows_;
  const Region& region_;
  RegionPart& part_;
};

/// Whether a row is of neither the query's class nor the rival's.
[[nodiscard]] inline bool is_third(const NearbyRows& rows, const Region& region, Index row) {
  return region.rival != Region::all_others && !rows.is_own(row) && rows.code(row) != region.rival;
}

}  // namespace holdfast::certify
