#include "holdfast/geometry/nearest_point.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>

namespace holdfast::geometry {
namespace {

/// Length outside the span of the active normals, relative, below which a normal counts as within it.
constexpr double dependent = 1e-10;

}  // namespace

Vector NearestPoint::outside_span(const Vector& vector, Vector& shares) const {
  const Index count = active();
  shares = Vector::Zero(count);
  Vector outside = vector;
  if (count == 0) return outside;
  const Eigen::LDLT<Matrix> factors(gram_);
  // The second round takes away what the rounding of the first one left, as in a repeated Gram-Schmidt step.
  for (int round = 0; round < 2; ++round) {
    Vector products(count);
    for (Index i = 0; i < count; ++i) products[i] = normals_[static_cast<std::size_t>(i)].dot(outside);
    const Vector more = factors.solve(products);
    for (Index i = 0; i < count; ++i) outside -= more[i] * normals_[static_cast<std::size_t>(i)];
    shares += more;
  }
  return outside;
}

bool NearestPoint::add(const Vector& normal, double bound, Index name) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  // A point may be too far for float64 without being nowhere.
  constexpr double farthest = std::numeric_limits<double>::max();
  const double length = linalg::length(normal);
  if (!(length > 0.0)) {
    unreachable_below_ = infinity;
    return bound <= 0.0;
  }
  if (const int exponent = linalg::range_exponent(length); exponent != 0) {
    has_multiples_ = true;
    return add(linalg::scaled_by_power(normal, exponent), std::ldexp(bound, exponent), name);
  }
  if (std::isinf(bound)) {
    unreachable_below_ = farthest;
    return bound < 0.0;
  }
  double multiplier = 0.0;
  for (int guard = 0; guard < 10'000; ++guard) {
    Vector shares;
    const Vector outside = outside_span(normal, shares);
    // The step at which an active multiplier reaches zero, and the one at which the half-space is reached.
    double dual_step = infinity;
    Index blocking = 0;
    for (Index i = 0; i < active(); ++i) {
      if (!(shares[i] > 0.0)) continue;
      const double step = multipliers_[static_cast<std::size_t>(i)] / shares[i];
      if (step < dual_step) {
        dual_step = step;
        blocking = i;
      }
    }
    const double free = linalg::length(outside);
    const double missing = bound - normal.dot(point_);
    const double full_step = free > dependent * length ? missing / (free * free) : infinity;
    const double step = std::min(dual_step, full_step);
    if (std::isinf(step)) {
      // normal = sum shares_j a_j + outside with shares <= 0: a point of the active half-spaces and this one is
      // at least missing / |outside| away from the point. Rounding may have made `outside` shorter than it is.
      double rounding = length;
      for (Index i = 0; i < active(); ++i) {
        rounding += std::abs(shares[i]) * linalg::length(normals_[static_cast<std::size_t>(i)]);
      }
      rounding *= static_cast<double>(normal.size() + active()) * std::numeric_limits<double>::epsilon();
      const double away = free > 0.0 ? std::min(missing / (free + rounding), farthest) : infinity;
      unreachable_below_ = std::max(this->length(), away - this->length());
      return false;
    }
    if (!std::isinf(full_step)) point_ += step * outside;
    for (Index i = 0; i < active(); ++i) multipliers_[static_cast<std::size_t>(i)] -= step * shares[i];
    multiplier += step;
    if (step == full_step) {
      activate(normal, multiplier, name);
      return true;
    }
    drop(blocking);
  }
  unreachable_below_ = this->length();
  return false;
}

bool NearestPoint::start_from(const std::vector<HalfSpace>& active) {
  *this = NearestPoint(point_.size());
  if (active.empty()) return true;
  for (const HalfSpace& at : active) activate(at.normal, 0.0, this->active());
  const Eigen::LDLT<Matrix> factors(gram_);
  Vector bounds(this->active());
  for (Index i = 0; i < bounds.size(); ++i) bounds[i] = active[static_cast<std::size_t>(i)].bound;
  const Vector multipliers = factors.solve(bounds);
  if (factors.info() != Eigen::Success || !factors.isPositive() || !(multipliers.minCoeff() >= 0.0) ||
      !(factors.rcond() > dependent)) {
    *this = NearestPoint(point_.size());
    return false;
  }
  for (Index i = 0; i < bounds.size(); ++i) {
    multipliers_[static_cast<std::size_t>(i)] = multipliers[i];
    point_ += multipliers[i] * normals_[static_cast<std::size_t>(i)];
  }
  return true;
}

void NearestPoint::activate(const Vector& normal, double multiplier, Index name) {
  const Index count = active();
  gram_.conservativeResize(count + 1, count + 1);
  for (Index i = 0; i < count; ++i) {
    gram_(i, count) = gram_(count, i) = normals_[static_cast<std::size_t>(i)].dot(normal);
  }
  gram_(count, count) = normal.squaredNorm();
  normals_.push_back(normal);
  multipliers_.push_back(multiplier);
  names_.push_back(name);
}

void NearestPoint::drop(Index at) {
  const Index last = active() - 1;
  for (Index i = at; i < last; ++i) gram_.row(i) = gram_.row(i + 1).eval();
  for (Index i = at; i < last; ++i) gram_.col(i) = gram_.col(i + 1).eval();
  gram_.conservativeResize(last, last);
  normals_.erase(normals_.begin() + at);
  multipliers_.erase(multipliers_.begin() + at);
  names_.erase(names_.begin() + at);
}

}  // namespace holdfast::geometry
