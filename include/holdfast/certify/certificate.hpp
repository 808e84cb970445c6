// What is promised about a prediction.
#pragma once

#include <optional>
#include <string_view>

#include "holdfast/core/types.hpp"

namespace holdfast::certify {

/// What is known of the smallest perturbation that changes the prediction.
enum class BoundKind {
  lower_bound,  ///< it is at least the radius
  exact,        ///< it is the radius
  upper_bound,  ///< it is at most the radius: an attack of that size succeeds
};
[[nodiscard]] std::string_view name(BoundKind kind);  ///< "lower bound", "exact", "upper bound"

/// A certificate for one prediction under a threat (ThreatModel says which norm, units and limits): for a lower bound
/// or an exact radius, no perturbation strictly smaller than `radius` changes the prediction. 0 if the prediction is
/// wrong already, infinity if no perturbation can change it.
struct Certificate {
  double radius = 0.0;
  BoundKind kind = BoundKind::lower_bound;
  std::optional<RowVector> witness = std::nullopt;  ///< a perturbed row with another label, if the method makes one
};

}  // namespace holdfast::certify
