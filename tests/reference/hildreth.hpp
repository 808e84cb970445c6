// Hildreth's dual coordinate ascent: the projection of the origin onto half-spaces, slowly and simply.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast::reference {

/// min |x| such that normals x >= bounds, by sweeps over all half-spaces; the references are kept.
class Hildreth {
 public:
  Hildreth(const std::vector<Vector>& normals, const std::vector<double>& bounds, Index dimension)
      : normals_(normals), bounds_(bounds), multipliers_(normals.size(), 0.0), point_(Vector::Zero(dimension)) {}

  /// One sweep; the longest step that it made.
  double sweep() {
    double moved = 0.0;
    for (std::size_t j = 0; j < normals_.size(); ++j) {
      const double step = (bounds_[j] - normals_[j].dot(point_)) / normals_[j].squaredNorm();
      const double change = std::max(-multipliers_[j], step);
      multipliers_[j] += change;
      point_ += change * normals_[j];
      moved = std::max(moved, std::abs(change) * normals_[j].norm());
    }
    return moved;
  }

  [[nodiscard]] const Vector& point() const { return point_; }
  /// Whatever the multipliers w >= 0, all x in the half-spaces have |x|^2 >= 2 w b - |sum w a|^2: this.
  [[nodiscard]] double squared_length_proved() const {
    double twice = 0.0;
    for (std::size_t j = 0; j < normals_.size(); ++j) twice += 2.0 * multipliers_[j] * bounds_[j];
    return twice - point_.squaredNorm();
  }

 private:
  const std::vector<Vector>& normals_;
  const std::vector<double>& bounds_;
  std::vector<double> multipliers_;
  Vector point_;
};

}  // namespace holdfast::reference
