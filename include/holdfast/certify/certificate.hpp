// The certificate of a prediction: a bound on the perturbations that change it.
#pragma once

#include <array>
#include <limits>
#include <optional>
#include <string_view>

#include "holdfast/core/types.hpp"

namespace holdfast::certify {

/// How a radius relates to the smallest perturbation that changes the prediction.
enum class BoundKind {
  lower_bound,  ///< the smallest perturbation is at least the radius
  exact,        ///< ... is the radius
  upper_bound,  ///< ... is at most the radius: an attack of that size succeeds
};
[[nodiscard]] constexpr std::string_view name(BoundKind kind) {
  constexpr std::array<std::string_view, 3> names = {"lower bound", "exact", "upper bound"};
  return names[static_cast<std::size_t>(kind)];
}

/// A certificate for one prediction under a threat (ThreatModel says which norm, units and limits): for a lower bound
/// or an exact radius, no perturbation strictly smaller than `radius` changes the prediction. 0 if the prediction is
/// wrong already, infinity if no perturbation can change it.
struct Certificate {
  double radius = 0.0;
  BoundKind kind = BoundKind::lower_bound;
  std::optional<RowVector> witness = std::nullopt;  ///< a perturbed row with another label, if the method makes one
  /// The size of the smallest perturbation found that changes the prediction: the radius if the kind is exact or
  /// upper_bound; beside a lower bound, what a search for the exact radius found before it ended. Nothing if none was
  /// looked for, infinity if none was found.
  std::optional<double> upper = std::nullopt;

  /// The upper end of what is known: `upper`, or without it the radius of an attack, and infinity beside a bound.
  [[nodiscard]] double upper_end() const {
    const bool is_bound = kind == BoundKind::lower_bound;
    return upper.value_or(is_bound ? std::numeric_limits<double>::infinity() : radius);
  }
};

}  // namespace holdfast::certify
