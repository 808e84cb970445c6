// The vote of the k nearest rows where distances tie, and a perturbation at which it is won without a tie.
#pragma once

#include <optional>
#include <vector>

#include "certify/nearby_rows.hpp"
#include "holdfast/geometry/box.hpp"

namespace holdfast::certify {

/// k rows that outvote the class of the query.
struct Outvoting {
  int rival;                   ///< a class with more votes than the query's, or as many and the nearest row
  std::vector<Index> voters;   ///< places in NearbyRows: k, or fewer if the others are too far to be there
  std::optional<Index> first;  ///< the row that decides equal votes: no farther than all voters of the query's class
};

/// The vote at the present perturbation of `rows`, ties against `label`: k rows that outvote it if rows at the same
/// distance, within rounding, may stand in any order that equal rows allow. Nothing if the label wins whatever the
/// order.
[[nodiscard]] std::optional<Outvoting> outvoting(const NearbyRows& rows, Index k, int label);

/// The shortest perturbation at which each voter is nearer than all other rows by `margin`, in units of the
/// perturbation. Moves `rows`. Empty if there is none, or none within the limits of the change.
[[nodiscard]] Vector perturbation_to(const Outvoting& outvoting, NearbyRows& rows,
                                     const geometry::PerturbedClassifier& classifier,
                                     const std::optional<geometry::Box>& limits, double margin);

}  // namespace holdfast::certify
