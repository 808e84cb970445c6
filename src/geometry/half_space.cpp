#include "holdfast/geometry/half_space.hpp"

namespace holdfast::geometry {

std::optional<HalfSpace> most_violated_limit(const PerturbedClassifier& classifier, const Box& limits,
                                             const Vector& u) {
  const Vector change = classifier.to_row_space(u);
  const Vector below = limits.lower.transpose() - change;
  const Vector above = change - limits.upper.transpose();
  Index column = 0;
  if (!(below.cwiseMax(above).maxCoeff(&column) > 1e-12 * (1.0 + u.norm()))) return std::nullopt;
  Vector normal = Vector::Unit(change.size(), column);
  if (classifier.is_in_ellipsoid()) normal = classifier.ellipsoid_factor().row(column).transpose();
  if (below[column] > above[column]) return HalfSpace{normal, limits.lower[column]};
  return HalfSpace{-normal, -limits.upper[column]};
}

}  // namespace holdfast::geometry
