// The half-spaces of a box.
#pragma once

#include <optional>

#include "holdfast/certify/perturbed_classifier.hpp"

namespace holdfast::certify {

/// normal . u >= bound.
struct HalfSpace {
  Vector normal;
  double bound;
};

/// The limit of the change of a row that u (d entries) breaks by most; nothing where it keeps them all to rounding.
[[nodiscard]] std::optional<HalfSpace> most_violated_limit(const PerturbedClassifier& classifier, const Box& limits,
                                                           const Vector& u);

}  // namespace holdfast::certify
