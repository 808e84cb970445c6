#include "certify/half_spaces.hpp"

#include <Eigen/Cholesky>
#include <cmath>
#include <limits>

namespace holdfast::certify {

bool NearestPoint::add(const Vector& normal, double bound) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  // Share of a normal outside the span of the active ones below which it counts as within.
  constexpr double dependent = 1e-12;
  const double length = normal.squaredNorm();
  if (!(length > 0.0)) return bound <= 0.0;
  double multiplier = 0.0;
  for (int guard = 0; guard < 10'000; ++guard) {
    const auto count = static_cast<Index>(normals_.size());
    Vector shares(count);  // of the active normals in this one
    Vector free = normal;  // what is left of it outside their span
    if (count > 0) {
      Matrix gram(count, count);
      Vector products(count);
      for (Index i = 0; i < count; ++i) {
        const Vector& own = normals_[static_cast<std::size_t>(i)];
        products[i] = own.dot(normal);
        for (Index j = 0; j <= i; ++j) gram(i, j) = gram(j, i) = own.dot(normals_[static_cast<std::size_t>(j)]);
      }
      shares = gram.ldlt().solve(products);
      for (Index i = 0; i < count; ++i) free -= shares[i] * normals_[static_cast<std::size_t>(i)];
    }
    // The step at which an active multiplier reaches zero, and the one at which the half-space is reached.
    double dual_step = infinity;
    std::size_t blocking = 0;
    for (Index i = 0; i < count; ++i) {
      if (!(shares[i] > 0.0)) continue;
      const double step = multipliers_[static_cast<std::size_t>(i)] / shares[i];
      if (step < dual_step) {
        dual_step = step;
        blocking = static_cast<std::size_t>(i);
      }
    }
    const double outside = free.dot(normal);
    const bool moves = outside > dependent * length;
    const double full_step = moves ? (bound - normal.dot(point_)) / outside : infinity;
    const double step = std::min(dual_step, full_step);
    if (std::isinf(step)) return false;
    if (moves) point_ += step * free;
    for (Index i = 0; i < count; ++i) multipliers_[static_cast<std::size_t>(i)] -= step * shares[i];
    multiplier += step;
    if (step == full_step) {
      normals_.push_back(normal);
      multipliers_.push_back(multiplier);
      return true;
    }
    drop(blocking);
  }
  return false;
}

void NearestPoint::drop(std::size_t at) {
  normals_.erase(normals_.begin() + static_cast<std::ptrdiff_t>(at));
  multipliers_.erase(multipliers_.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace holdfast::certify
