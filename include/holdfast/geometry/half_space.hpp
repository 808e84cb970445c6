// Half-spaces of perturbations.
#pragma once

#include <optional>

#include "holdfast/geometry/box.hpp"
#include "holdfast/geometry/perturbed_classifier.hpp"

namespace holdfast::geometry {

/// normal . u >= bound.
struct HalfSpace {
  Vector normal;
  double bound;
};

/// The limit of the change of a row that u (d entries, in the space of the norm) breaks by most, as a half-space of u;
/// nothing if u keeps all limits to rounding.
[[nodiscard]] std::optional<HalfSpace> most_violated_limit(const PerturbedClassifier& classifier, const Box& limits,
                                                           const Vector& u);

}  // namespace holdfast::geometry
