// The search of a block of queries among groups of rows.
#pragma once

#include <span>
#include <vector>

#include "holdfast/neighbors/clustered_index.hpp"
#include "neighbors/candidate_list.hpp"
#include "neighbors/row_groups.hpp"

namespace holdfast::neighbors {

/// One block: queries are rows, best if they are near each other, since each group is scanned for those that need it.
class GroupSearch {
 public:
  GroupSearch(const RowGroups& groups, std::span<const Index> queries, Index k, ClusteredIndex::Among among,
              double reach);

  /// Scans, and writes the neighbours of query i to row places[i] of the result.
  void run(std::span<const Index> places, Neighbors& result);

  /// The share of the rows in question that a search of query i looks at with a reach, if the distance to its k-th
  /// neighbour is known.
  [[nodiscard]] double share_scanned(Index i, double kth_squared, double reach) const;
  /// The reach that query i needs to look at the group of a row.
  [[nodiscard]] double reach_needed(Index i, Index row, double kth_squared) const;

 private:
  /// Whether the rows of a part are among those in question for query i.
  [[nodiscard]] bool is_searched(Index part, Index i) const;
  /// The lower bound of the distance of query i to the rows of a group.
  [[nodiscard]] double bound(Index group, Index i) const;
  void find_nearest_centres();
  [[nodiscard]] std::vector<Index> groups_by_distance() const;
  /// Sets `members_` to the queries that the group may hold a neighbour of.
  void find_members(Index group);
  /// Scans a group for `members_`.
  void scan(Index group);
  /// The residuals of `members_` from the centre of a group, and the bounds that its scores have to pass.
  void prepare_scan(const RowGroup& group, const RowVector& centre);
  void tighten(std::size_t member);
  void settle(Index i, Index place, Neighbors& result);
  /// Rows of all groups that could hold one at `farthest` or nearer, measured.
  [[nodiscard]] std::vector<Candidate<double>> all_within(Index i, double farthest) const;
  [[nodiscard]] Candidate<double> measure(Index i, Index row) const;

  const RowGroups& groups_;
  std::span<const Index> queries_;
  std::size_t k_;
  ClusteredIndex::Among among_;
  double reach_;
  double slack_;
  std::vector<std::int32_t> part_;            ///< of each query
  Matrix block_;                              ///< the queries
  Index begin_;                               ///< of the groups in question for any of the queries
  Index end_;                                 ///< likewise
  Matrix to_centres_;                         ///< groups x queries, squared
  std::vector<std::int32_t> nearest_;         ///< parts x queries: the nearest group of the part, counted within it
  std::vector<double> to_nearest_;            ///< and its squared distance
  std::vector<CandidateList<double>> lists_;  ///< squared distances of the scan
  std::vector<double> pass_over_;             ///< groups farther than this; a distance
  std::vector<double> error_;                 ///< of the squared distances of the scan

  // Of the group being scanned; kept so that their memory is.
  std::vector<Index> members_;
  RowMatrix<float> residuals_;
  std::vector<double> squares_;  ///< of the residuals before they were rounded
  std::vector<float> bounds_;
  std::vector<linalg::Hit<float>> hits_;
  std::vector<char> changed_;
};

}  // namespace holdfast::neighbors
