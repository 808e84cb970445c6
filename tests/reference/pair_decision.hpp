// Oracle: the least perturbation of a pair that brings its distance to a threshold, by bisection in long double.
#pragma once

#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"

namespace holdfast::reference {

/// v = x - x' in the eigenvectors of M = B^T B, in the space of v.
class PairOracle {
 public:
  using Real = long double;

  PairOracle(const Matrix& map, const Vector& v) {
    const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(map.transpose() * map);
    const Vector parts = eigen.vectors.transpose() * v;
    largest_ = static_cast<Real>(eigen.values[eigen.values.size() - 1]);
    for (Index i = 0; i < parts.size(); ++i) {
      const auto value = static_cast<Real>(eigen.values[i]);
      m_.push_back(value > Real{1e-13} * largest_ ? value : Real{0});
      c_.push_back(std::abs(parts[i]) > 1e-14 * v.norm() ? static_cast<Real>(parts[i]) : Real{0});
    }
  }

  /// min |delta|_2 such that |B (v + delta)| = t; infinite if there is none.
  [[nodiscard]] double radius(double t) const {
    if (!(largest_ > 0)) return std::numeric_limits<double>::infinity();
    const Real level = static_cast<Real>(t) * static_cast<Real>(t);
    Real low = 0;
    Real high = 0;
    if (squared_length(0) > level) {
      if (t == 0.0) return whole_change();
      for (high = 1 / largest_; squared_length(high) > level; high *= 2) {
      }
    } else {
      if (const std::optional<double> hard = hard_case(level)) return *hard;
      low = -1 / largest_;
    }
    for (int step = 0; step < 400; ++step) {
      const Real middle = (low + high) / 2;
      (squared_length(middle) > level ? low : high) = middle;
    }
    return change(high);
  }

 private:
  /// |L w|^2 of w = (I + lambda M)^-1 v.
  [[nodiscard]] Real squared_length(Real lambda) const {
    Real sum = 0;
    for (std::size_t i = 0; i < c_.size(); ++i) {
      const Real w = c_[i] / (1 + lambda * m_[i]);
      sum += m_[i] * w * w;
    }
    return sum;
  }
  /// |w - v|.
  [[nodiscard]] double change(Real lambda) const {
    Real sum = 0;
    for (std::size_t i = 0; i < c_.size(); ++i) {
      const Real part = c_[i] / (1 + lambda * m_[i]) - c_[i];
      sum += part * part;
    }
    return static_cast<double>(std::sqrt(sum));
  }
  /// The part of v that B sees must go.
  [[nodiscard]] double whole_change() const {
    Real sum = 0;
    for (std::size_t i = 0; i < c_.size(); ++i) sum += m_[i] > 0 ? c_[i] * c_[i] : 0;
    return static_cast<double>(std::sqrt(sum));
  }
  /// If v has no part at the top and the others do not reach the level: the rest comes from the top.
  [[nodiscard]] std::optional<double> hard_case(Real level) const {
    Real reached = 0;
    Real sum = 0;
    for (std::size_t i = 0; i < c_.size(); ++i) {
      if (m_[i] == largest_) {
        if (c_[i] != 0) return std::nullopt;
        continue;
      }
      const Real w = c_[i] / (1 - m_[i] / largest_);
      reached += m_[i] * w * w;
      sum += (w - c_[i]) * (w - c_[i]);
    }
    if (reached >= level) return std::nullopt;
    return static_cast<double>(std::sqrt(sum + (level - reached) / largest_));
  }

  std::vector<Real> m_;
  std::vector<Real> c_;
  Real largest_ = 0;
};

}  // namespace holdfast::reference
