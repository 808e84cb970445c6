#include "certify/level_set.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"

namespace holdfast::certify {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double unit_roundoff = std::numeric_limits<double>::epsilon();
constexpr int most_steps = 100;

/// A root of f(x) = sum_i (a_i / (c_i + x s_i))^2 = level^2 by Newton's method on 1/sqrt(f), from an x at or below it.
double newton_root(const Vector& a, const Vector& constants, const Vector& slopes, double level, double x) {
  for (int step = 0; step < most_steps; ++step) {
    double value = 0.0;
    double slope = 0.0;
    for (Index i = 0; i < a.size(); ++i) {
      if (a[i] == 0.0) continue;
      const double divisor = constants[i] + x * slopes[i];
      const double part = a[i] / divisor;
      value += part * part;
      slope += part * part * slopes[i] / divisor;
    }
    const double length = std::sqrt(value);
    // (1/sqrt(f))' = slope / f^(3/2), as f' = -2 slope.
    const double change = (length / level - 1.0) * value / slope;
    if (!(change > unit_roundoff * std::abs(x))) return x;
    x += change;
  }
  return x;
}

}  // namespace

LevelSet::LevelSet(Matrix map)
    : map_(std::move(map)),
      gamma_(static_cast<double>(map_.rows() + map_.cols() + 8) * unit_roundoff),
      peak_error_(0.0) {
  const bool wide = map_.rows() <= map_.cols();
  const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(wide ? linalg::product_with_transpose(map_, map_)
                                                                    : linalg::transpose_product(map_, map_));
  const Index size = eigen.values.size();
  const double peak = size == 0 ? 0.0 : eigen.values[size - 1];
  if (!(peak > 0.0)) return;
  // Rounding of the products in B B^T, at most a share of its trace, and of the decomposition.
  peak_error_ = unit_roundoff * (static_cast<double>(map_.cols() + map_.rows() + 8) * map_.squaredNorm() / peak +
                                 8.0 * static_cast<double>(size));
  Index first = 0;
  while (!(eigen.values[first] > peak_error_ * peak)) ++first;
  const Index kept = size - first;
  eigenvalues_ = eigen.values.tail(kept);
  basis_ = eigen.vectors.rightCols(kept);
  if (!wide) {
    basis_ = linalg::product(map_, basis_);
    for (Index i = 0; i < kept; ++i) basis_.col(i).normalize();
  }
  gaps_ = (peak - eigenvalues_.array()) / peak;
}

LevelPoint LevelSet::shorten(const Vector& g, double level, double error) const {
  const double length = g.norm();
  if (eigenvalues_.size() == 0) return {Vector::Zero(map_.cols()), infinity};
  const Vector a = basis_.transpose() * g;
  Vector h(a.size());
  Vector u;
  // Beyond this ratio squares of the level would be lost; the bound below holds for the residual of level 0 as well.
  constexpr double least_ratio = 1e-140;
  if (level > least_ratio * length) {
    double lambda = 0.0;
    for (Index i = 0; i < a.size(); ++i) lambda = std::max(lambda, (std::abs(a[i]) / level - 1.0) / eigenvalues_[i]);
    lambda = newton_root(a, Vector::Ones(a.size()), eigenvalues_, level, lambda);
    h = a.array() / (1.0 + lambda * eigenvalues_.array());
    u = -lambda * (map_.transpose() * (basis_ * h));
  } else {
    h = a.array() / eigenvalues_.array();  // the limit of lambda h, whose direction alone the bound needs
    u = -(map_.transpose() * (basis_ * h));
  }
  const Vector p = basis_ * h.normalized();
  const double size = p.norm() * (1.0 + gamma_);
  const double image = (map_.transpose() * p).norm() * (1.0 + gamma_) + gamma_ * map_.norm() * size;
  const double needed = p.dot(g) - gamma_ * size * length - (level + error) * size;
  return {std::move(u), needed > 0.0 ? needed / image * (1.0 - 8.0 * unit_roundoff) : 0.0};
}

LevelSet::Residual LevelSet::longer_residual(const Vector& a, double level) const {
  // In tau = 1 + lambda m_max: h_i = a_i / (gap_i + tau (1 - gap_i)). Each |h_i| <= |h| bounds tau from below.
  const Vector slopes = 1.0 - gaps_.array();
  double tau = 0.0;
  for (Index i = 0; i < a.size(); ++i) {
    if (a[i] != 0.0) tau = std::max(tau, (std::abs(a[i]) / level - gaps_[i]) / slopes[i]);
  }
  tau = std::min(tau, 1.0);
  const auto residual = [&](double at) {
    Vector h(a.size());
    for (Index i = 0; i < a.size(); ++i) h[i] = a[i] == 0.0 ? 0.0 : a[i] / (gaps_[i] + at * slopes[i]);
    return h;
  };
  Vector h = residual(tau);
  if (h.squaredNorm() >= level * level || tau > 0.0) {
    tau = std::min(1.0, newton_root(a, gaps_, slopes, level, tau));
    return {residual(tau), tau};
  }
  // The hard case: g has no part in the direction in which B is largest, and the rest comes from there.
  const Index top = a.size() - 1;
  h[top] = std::sqrt(std::max(0.0, level * level - h.squaredNorm() + h[top] * h[top]));
  return {std::move(h), 0.0};
}

double LevelSet::lower_of_longer(const Vector& g, const Vector& a, double tau, double level) const {
  if (!(level > 0.0)) return 0.0;
  // Far enough from 1/m_max that 1 - mu m_max is positive whatever the rounding of m_max.
  tau = std::max(tau, 2.0 * peak_error_);
  const double least = tau - peak_error_;
  if (!(least > 0.0) || tau >= 1.0) return 0.0;
  const double mu = (1.0 - tau) / eigenvalues_[eigenvalues_.size() - 1];
  const Vector h = basis_ * Vector(a.array() / (gaps_.array() + tau * (1.0 - gaps_.array())));
  const Vector u = mu * (map_.transpose() * h);
  const Vector w = g + map_ * u;
  const double size = map_.norm();
  const double error_of_w = gamma_ * (g.norm() + size * u.norm());
  const double length_of_w = w.norm() * (1.0 + gamma_) + error_of_w;
  const double half_gradient = (u - mu * (map_.transpose() * w)).norm() * (1.0 + gamma_) +
                               gamma_ * (u.norm() + mu * size * length_of_w) + mu * size * error_of_w;
  const double gain = mu * (level - length_of_w) * (level + length_of_w);
  const double squared = u.squaredNorm() * (1.0 - gamma_) + gain - half_gradient * half_gradient / least -
                         4.0 * unit_roundoff * std::abs(gain);
  return squared > 0.0 ? std::sqrt(squared) * (1.0 - 8.0 * unit_roundoff) : 0.0;
}

LevelPoint LevelSet::lengthen(const Vector& g, double level, double error) const {
  if (eigenvalues_.size() == 0) return {Vector::Zero(map_.cols()), infinity};
  if (!(level > 0.0)) return {Vector::Zero(map_.cols()), 0.0};
  const Vector a = basis_.transpose() * g;
  const Residual residual = longer_residual(a, level);
  const double mu = (1.0 - residual.tau) / eigenvalues_[eigenvalues_.size() - 1];
  return {mu * (map_.transpose() * (basis_ * residual.h)), lower_of_longer(g, a, residual.tau, level - error)};
}

}  // namespace holdfast::certify
