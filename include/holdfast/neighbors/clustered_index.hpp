// Nearest neighbours among many rows, of the rows themselves.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "holdfast/core/observer.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/neighbors/exact_index.hpp"

namespace holdfast::neighbors {

/// The rows in groups around the centres of k-means, so that a query passes over groups that are too far.
///
/// Every row x of a group g is nearest to the centre c_g. So for any other centre c_a, x is on c_g's side of the plane
/// between the two, and a query q is no nearer to it than to that plane; nor is q nearer than the ball of g allows:
///     |q - x| >= (|q - c_g|^2 - |q - c_a|^2) / (2 |c_g - c_a|),      |q - x| >= |q - c_g| - radius_g.
/// The larger of the two is b(q, g), with c_a the centre nearest to q. A search passes over g if
///     b(q, g)^2 > reach * D2_k,      D2_k the squared distance to the k-th nearest row seen so far.
/// With a reach of 1 the result is exact, as that of ExactIndex (same order, same bits of the distances): scores are
/// scanned in float32, survivors measured by differences in float64, and a bound on the rounding decides whether other
/// rows could belong in. A smaller reach leaves out groups that could hold a neighbour but seldom do: in many columns
/// most of a ball lies near its centre, so that few of its points are beyond a plane that cuts it at half its radius.
///
/// Rows may belong to parts, such as classes; a group has rows of one part. Results do not depend on the number of
/// threads. Memory: the rows, a packed copy in float32, and 8 bytes per row.
class ClusteredIndex {
 public:
  enum class Among { all, own_part, other_parts };

  /// Whether these rows can be grouped: 10,000 or more, columns whose largest spread is between 2^-100 and 2^100, and
  /// parts of 100 rows on average. Other rows are for ExactIndex.
  [[nodiscard]] static bool suits(const MatrixView& rows, std::span<const int> parts = {});

  /// Takes n x d rows that suit, and the number of each row's part (0 <= number) or nothing. Throws
  /// std::invalid_argument for others. `seed` is that of k-means.
  explicit ClusteredIndex(Matrix rows, std::span<const int> parts = {}, std::uint64_t seed = 0);

  [[nodiscard]] const Matrix& rows() const;
  [[nodiscard]] Index groups() const;

  /// The k nearest rows of each of the given rows, itself left out, among all rows or those of its own or of the other
  /// parts. Where there are fewer than k, the row number is -1 and the distance infinite. Throws std::invalid_argument
  /// for k < 1. The observer sees the stage "neighbours".
  [[nodiscard]] Neighbors search(std::span<const Index> queries, Index k, Among among, double reach = 1.0,
                                 const Observer& observer = {}) const;

  /// How a search with these arguments would go, from a few hundred of the queries.
  struct Plan {
    double reach = 1.0;
    double recall = 1.0;  ///< share of the neighbours that it finds, measured on queries that did not choose the reach
    double share = 1.0;   ///< of the rows that it looks at
    /// Whether it is worth while: a scan of all rows costs less per row.
    [[nodiscard]] bool pays() const { return share < 0.5; }
  };
  /// With `recall` 1: the exact search; below 1: the smallest reach that finds this share of the neighbours.
  [[nodiscard]] Plan plan(std::span<const Index> queries, Index k, Among among, double recall = 1.0) const;

 private:
  std::shared_ptr<const class RowGroups> groups_;
};

}  // namespace holdfast::neighbors
