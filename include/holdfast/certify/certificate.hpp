// What is promised about a prediction.
#pragma once

#include <optional>
#include <string_view>

#include "holdfast/core/types.hpp"

namespace holdfast::certify {

/// The norm in which a perturbation is measured.
enum class Norm {
  l1,
  l2,
  linf,
  ellipsoid,  ///< sqrt(delta^T A delta) for a given A: PerturbedClassifier::in_ellipsoid
};
/// Whose units: of the rows as the user gives them, or of the rows after the model's preprocessing.
enum class Space { raw, preprocessed };
/// What is known of the smallest perturbation that changes the prediction.
enum class BoundKind {
  lower_bound,  ///< it is at least the radius
  exact,        ///< it is the radius
  upper_bound,  ///< it is at most the radius: an attack of that size succeeds
};

[[nodiscard]] std::string_view name(Norm norm);        ///< "l1", "l2", "linf", "ellipsoid"
[[nodiscard]] std::string_view name(Space space);      ///< "raw", "preprocessed"
[[nodiscard]] std::string_view name(BoundKind kind);   ///< "lower bound", "exact", "upper bound"
[[nodiscard]] Norm parse_norm(std::string_view text);  ///< l1, l2 or linf; throws InputError that lists the choices

/// Limits that a perturbed row keeps: lower <= row + delta <= upper, one entry a column, infinite where there is none.
struct Box {
  RowVector lower;
  RowVector upper;
};

/// The size of a perturbation: |v|_1, |v|_2 or |v|_inf; in an ellipsoid v is PerturbedClassifier::measured of it.
[[nodiscard]] double length(const VectorView& v, Norm norm);

/// A certificate for one prediction: no perturbation of a norm strictly smaller than `radius` changes it (for a lower
/// bound or an exact radius). 0 where the prediction is wrong already, infinity where no perturbation can change it.
struct Certificate {
  double radius = 0.0;
  BoundKind kind = BoundKind::lower_bound;
  Norm norm = Norm::l2;
  Space space = Space::preprocessed;
  std::optional<RowVector> witness = std::nullopt;  ///< a perturbed row with another label, where the method makes one
};

}  // namespace holdfast::certify
