#include "certify/duality_proof.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "holdfast/geometry/simplex_point.hpp"

namespace holdfast::certify {
namespace {

/// Normals of length 1, and bounds relative to `wanted`, so that no square leaves the range of float64. A half-space
/// without a normal, or of a limit at infinity, is never violated; false if one without a normal holds nowhere.
bool normalize(ConjugateHalfSpaces& half_spaces, double wanted) {
  constexpr double never = std::numeric_limits<double>::lowest();
  for (Index n = 0; n < half_spaces.bounds.size(); ++n) {
    double& bound = half_spaces.bounds[n];
    const double length = conjugate_length(half_spaces.normals.row(n), half_spaces.conjugates.row(n));
    if (!(length > 0.0) && bound > 0.0) return false;
    bound = length > 0.0 ? std::max(bound / length / wanted, never) : never;
    if (!(length > 0.0)) continue;
    half_spaces.normals.row(n) /= length;
    half_spaces.conjugates.row(n) /= length;
  }
  return true;
}

}  // namespace

double conjugate_length(const RowVector& normal, const RowVector& conjugate) {
  const double squared = normal.dot(conjugate);
  if (squared > 1e-250 && squared < 1e250) return std::sqrt(squared);
  const double largest = normal.cwiseAbs().maxCoeff();
  const double largest_conjugate = conjugate.cwiseAbs().maxCoeff();
  if (!(largest > 0.0 && largest_conjugate > 0.0)) return 0.0;
  return std::sqrt(largest) * std::sqrt(largest_conjugate) *
         std::sqrt(std::max(0.0, (normal / largest).dot(conjugate / largest_conjugate)));
}

double proven_length(ConjugateHalfSpaces half_spaces, const Matrix& inverse, double wanted) {
  constexpr int most_rounds = 20'000;
  constexpr int ascents = 20;
  if (!normalize(half_spaces, wanted)) return wanted;
  const auto& [normals, conjugates, bounds] = half_spaces;
  Vector weights = Vector::Zero(bounds.size());
  Vector point = Vector::Zero(normals.cols());
  std::vector<Index> active;
  double proven = 0.0;
  for (int round = 0; round < most_rounds; ++round) {
    Index worst = 0;
    const double missing = (bounds - normals * point).maxCoeff(&worst);
    if (missing > 0.0 && std::ranges::find(active, worst) == active.end()) active.push_back(worst);
    for (int ascent = 0; ascent < ascents; ++ascent) {
      for (const Index j : active) {
        const double step = bounds[j] - normals.row(j).dot(point);
        const double change = std::max(-weights[j], step);
        weights[j] += change;
        point += change * conjugates.row(j).transpose();
      }
    }
    const double before = proven;
    const Vector normal = normals.transpose() * weights;
    proven = std::sqrt(std::max(0.0, 2.0 * weights.dot(bounds) - normal.dot(inverse * normal)));
    if (proven >= 1.0 || (missing <= 1e-9 * proven && proven - before <= 1e-12 * proven)) break;
  }
  return proven >= 1.0 ? wanted : proven * wanted;
}

ProvenLength proven_length(Matrix normals, Vector bounds, geometry::Norm norm, double wanted) {
  constexpr int most_rounds = 20'000;
  constexpr double tolerance = 1e-9;
  for (Index n = 0; n < bounds.size(); ++n) {
    const double length = geometry::length(normals.row(n).transpose(), geometry::dual(norm));
    if (!(length > 0.0) && bounds[n] > 0.0) return {wanted};
    bounds[n] = length > 0.0 ? std::max(bounds[n] / length / wanted, std::numeric_limits<double>::lowest()) : 0.0;
    if (length > 0.0) normals.row(n) /= length;
  }
  geometry::SimplexPoint solver(normals.cols(), norm);
  double proven = 0.0;
  for (int round = 0; round < most_rounds; ++round) {
    Index worst = 0;
    const double missing = (bounds - normals * solver.point()).maxCoeff(&worst);
    if (missing <= tolerance) return {proven * wanted, true};
    if (!solver.add(normals.row(worst).transpose(), bounds[worst], worst)) break;
    double gain = 0.0;
    Vector normal = Vector::Zero(normals.cols());
    for (std::size_t at = 0; at < solver.active_names().size(); ++at) {
      const Index name = solver.active_names()[at];
      const double weight = std::max(0.0, solver.multipliers()[static_cast<Index>(at)]);
      gain += weight * bounds[name];
      normal += weight * normals.row(name).transpose();
    }
    const double length = geometry::length(normal, geometry::dual(norm));
    if (length > 0.0) proven = std::max(proven, gain / length);
    if (proven >= 1.0) return {wanted};
  }
  return {proven * wanted};
}

}  // namespace holdfast::certify
