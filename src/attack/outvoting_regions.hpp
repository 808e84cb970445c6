// Projections onto the regions in which several rows of one other class outvote the class of a query.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "attack/attack_state.hpp"
#include "holdfast/geometry/dual_rows.hpp"
#include "holdfast/geometry/query_rows.hpp"

namespace holdfast::attack {

/// Attacks one query through the regions of s = (k+1)/2 rows of one class each. Distances are squared, to the query.
class OutvotingRegions {
 public:
  OutvotingRegions(const geometry::PerturbedClassifier& classifier, const geometry::DualRows& dual, geometry::Norm norm,
                   Index k);

  /// `limits`: of the change of the row.
  void attack(geometry::QueryRows& rows, const std::optional<geometry::Box>& limits, AttackState& state);

  /// The nearest rows of other classes, as the last call found them.
  [[nodiscard]] const std::vector<geometry::RowDistance>& other_class() const { return other_class_; }

 private:
  using RowDistance = geometry::RowDistance;

  /// Perturbations at which s rows of one other class are nearer than all rows of the query's class but s-1, those that
  /// are exempt.
  struct Region {
    double bound;                      ///< no shorter perturbation leads there
    std::vector<RowDistance> winners;  ///< in the order of the rows
    [[nodiscard]] bool operator<(const Region& other) const;
  };

  /// The regions to be tried, by bound.
  [[nodiscard]] std::vector<Region> regions() const;
  /// Adds the region of the s rows nearest to the seed and, if the seed is the first of the rows, which are in the
  /// order of their distance to the query, that of the first s.
  void add_regions(const std::vector<RowDistance>& rows, const RowDistance& seed, std::vector<Region>& regions) const;
  [[nodiscard]] Region region_of(std::vector<RowDistance> winners) const;
  /// The number of rows of the class that need not be passed.
  [[nodiscard]] std::size_t exemptions() const { return std::min(majority_, same_class_.size()) - 1; }
  /// D2(z + delta, row) at the perturbation u, up to a term that all rows share: D2(z, row) - 2 p . u, with p the row's
  /// dual.
  [[nodiscard]] double shifted_squared_distance(const RowDistance& row, const Vector& u) const;
  /// The `count` rows of the class that are nearest at u.
  [[nodiscard]] std::vector<RowDistance> nearest_of_class(std::size_t count, const Vector& u) const;
  /// The shortest u in the region, in the norm, ignoring the rows in `exempt`. If `exempt` is empty, the currently
  /// nearest rows are exempt instead. Empty on failure.
  [[nodiscard]] Vector project(const Region& region, const std::vector<RowDistance>& exempt,
                               const std::optional<geometry::Box>& limits) const;
  /// The shortest u found in the region; empty on failure.
  [[nodiscard]] Vector shortest(const Region& region, const std::optional<geometry::Box>& limits) const;

  const geometry::PerturbedClassifier& classifier_;
  const geometry::DualRows& dual_;
  geometry::Norm norm_;
  std::size_t majority_;
  std::vector<RowDistance> same_class_;   ///< the nearest rows of the query's class
  std::vector<RowDistance> other_class_;  ///< the nearest rows of others
};

}  // namespace holdfast::attack
