#include "holdfast/geometry/simplex_point.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace holdfast::geometry {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
/// The rounding of a sum of products, relative to its largest term.
constexpr double few_roundings = 64.0 * std::numeric_limits<double>::epsilon();
/// Rates below this, relative to the normal, are rounding.
constexpr double negligible = 1e-11;
/// A free coordinate may be this far, relative to the largest, on the wrong side, and a slope as much.
constexpr double feasible = 1e-13;
constexpr int most_steps = 10'000;
/// Half-spaces added without a gain after which ties are broken at random: where many slopes are 0, fixed rules may
/// return to the same bases.
constexpr int patience = 10;
/// The rate of a random choice, relative to the greatest.
constexpr double well_conditioned = 1e-3;

/// Factors between 1 and 1 + 1e-11 without a pattern.
Vector weights_of(Index dimension) {
  constexpr double spread = 1e-11;
  constexpr double golden = 0.6180339887498949;
  Vector weights(dimension);
  for (Index i = 0; i < dimension; ++i) {
    const double turn = golden * static_cast<double>(i + 1);
    weights[i] = 1.0 + spread * (turn - std::floor(turn));
  }
  return weights;
}

}  // namespace

SimplexPoint::SimplexPoint(Index dimension, Norm norm)
    : norm_(norm),
      weights_(weights_of(dimension)),
      normals_(0, dimension),
      free_place_(static_cast<std::size_t>(dimension), -1),
      sides_(Vector::Ones(dimension)),
      point_(Vector::Zero(dimension)),
      slopes_(Vector::Zero(dimension)) {
  if (norm == Norm::l2) throw std::logic_error("the simplex method is for l1 and linf");
}

RowVector SimplexPoint::basis_row(const Vector& normal) const {
  const auto count = static_cast<Index>(free_.size());
  RowVector row(norm_ == Norm::linf ? count + 1 : count);
  for (Index i = 0; i < count; ++i) row[i] = normal[free_[static_cast<std::size_t>(i)]];
  if (norm_ == Norm::linf) {
    double sum = normal.dot(sides_);
    for (const Index coordinate : free_) sum -= normal[coordinate] * sides_[coordinate];
    row[count] = sum;
  }
  return row;
}

Matrix SimplexPoint::basis() const {
  Matrix basis(active(), active());
  for (Index j = 0; j < active(); ++j) basis.row(j) = basis_row(normals_.row(j).transpose());
  return basis;
}

bool SimplexPoint::solve() {
  const Index count = active();
  const Eigen::PartialPivLU<Matrix> factors(basis());
  if (!(factors.rcond() > 1e-14)) return false;
  inverse_ = factors.inverse();
  const Eigen::Map<const Vector> bounds(bounds_.data(), count);
  const Vector values = factors.solve(bounds);
  Vector costs = Vector::Zero(count);
  for (Index i = 0; norm_ == Norm::l1 && i < count; ++i) costs[i] = sides_[free_[static_cast<std::size_t>(i)]];
  if (norm_ == Norm::linf) costs[count - 1] = 1.0;
  multipliers_ = (inverse_.transpose() * costs).cwiseMax(0.0);
  slopes_ = normals_.topRows(count).transpose() * multipliers_;
  if (norm_ == Norm::linf) {
    point_ = values[count - 1] * sides_;
  } else {
    point_.setZero();
  }
  for (std::size_t i = 0; i < free_.size(); ++i) point_[free_[i]] = values[static_cast<Index>(i)];
  // What the multipliers prove, whatever rounding did to them.
  const double size = norm_ == Norm::linf ? slopes_.lpNorm<1>() : slopes_.lpNorm<Eigen::Infinity>();
  value_ = std::max(value_, multipliers_.dot(bounds) / std::max(1.0, size));
  return true;
}

double SimplexPoint::size_of_terms(const Vector& change) const {
  double size = 0.0;
  for (Index j = 0; j < active(); ++j) size += std::abs(change[j]) * normals_.row(j).cwiseAbs().maxCoeff();
  return size;
}

SimplexPoint::Block SimplexPoint::first_block(const Vector& change, const Vector& slopes, double size, Index leaving) {
  // What stops the change, each with its distance and its rate. Of those that stop it within rounding of the first the
  // one of the greatest rate is taken, which keeps the basis well conditioned (Harris 1973).
  struct Stop {
    Block::By by;
    Index at;
    double distance;
    double rate;
  };
  std::vector<Stop> stops;
  const double least_change = negligible * change.cwiseAbs().maxCoeff();
  const double largest = multipliers_.maxCoeff();
  for (Index j = 0; j < active(); ++j) {
    if (change[j] < -least_change)
      stops.push_back({Block::By::multiplier, j, multipliers_[j] / largest, -change[j] / largest});
  }
  const double least_slope = std::max(negligible * slopes.cwiseAbs().maxCoeff(), size * few_roundings);
  for (Index i = 0; i < slopes.size(); ++i) {
    const double rate = std::abs(slopes[i]);
    if (is_free(i) || rate <= least_slope) continue;
    if (norm_ == Norm::l1) {
      // |slope| <= 1.
      const double side = slopes[i] > 0.0 ? 1.0 : -1.0;
      stops.push_back({Block::By::coordinate, i, 1.0 - side * slopes_[i], rate});
    } else if (sides_[i] * slopes[i] < 0.0) {
      // A coordinate at its side has a slope of that sign.
      stops.push_back({Block::By::coordinate, i, sides_[i] * slopes_[i], rate});
    }
  }
  if (norm_ == Norm::l1 && leaving >= 0) stops.push_back({Block::By::other_side, leaving, 2.0, 1.0});
  double farthest = infinity;
  for (const Stop& stop : stops) {
    farthest = std::min(farthest, (std::max(0.0, stop.distance) + feasible) / stop.rate);
  }
  Block first;
  double greatest = 0.0;
  for (const Stop& stop : stops) {
    if (std::max(0.0, stop.distance) / stop.rate > farthest || stop.rate <= greatest) continue;
    greatest = stop.rate;
    first = {stop.by, stop.at};
  }
  if (stalled_ <= patience) return first;
  std::erase_if(stops, [&](const Stop& stop) {
    return std::max(0.0, stop.distance) / stop.rate > farthest || stop.rate < well_conditioned * greatest;
  });
  if (stops.empty()) return first;
  const Stop& any = stops[random_() % stops.size()];
  return {any.by, any.at};
}

bool SimplexPoint::enter_first(const Vector& normal, double bound, Index name) {
  if (norm_ == Norm::linf) {
    for (Index i = 0; i < normal.size(); ++i) sides_[i] = normal[i] < 0.0 ? -1.0 : 1.0;
  } else {
    Index largest = 0;
    (void)normal.cwiseAbs().maxCoeff(&largest);
    set_free(largest);
    sides_[largest] = normal[largest] < 0.0 ? -1.0 : 1.0;
  }
  activate(normal, bound, name);
  return solve();
}

bool SimplexPoint::add(const Vector& given, double bound, Index name) {
  const Vector normal = given.cwiseProduct(weights_);
  const double length = norm_ == Norm::linf ? normal.lpNorm<1>() : normal.lpNorm<Eigen::Infinity>();
  unreachable_below_ = infinity;
  if (!(length > 0.0)) return bound <= 0.0;
  if (active() == 0) return enter_first(normal, bound, name);
  const double missing = bound - normal.dot(point_);
  if (!(missing > 0.0)) return true;
  // The multiplier of the new half-space grows; the others keep the free coordinates' slopes where they are.
  const Vector change = -inverse_.transpose() * basis_row(normal).transpose();
  Vector slopes = normal + normals_.topRows(active()).transpose() * change;
  for (const Index coordinate : free_) slopes[coordinate] = 0.0;
  const double size = length + size_of_terms(change);
  const double rounding = negligible * size;
  const double rate = norm_ == Norm::linf ? slopes.lpNorm<1>() : slopes.lpNorm<Eigen::Infinity>();
  const Block block = first_block(change, slopes, size, -1);
  if (block.by == Block::By::nothing) {
    // Any x in all half-spaces has (normal + sum_j change_j a_j) . (x - point) >= missing.
    unreachable_below_ = std::max(value_, missing / (rate + rounding) - value_);
    return false;
  }
  if (block.by == Block::By::multiplier) {
    drop(block.at);
  } else {
    set_free(block.at);
    if (norm_ == Norm::l1) sides_[block.at] = slopes[block.at] > 0.0 ? 1.0 : -1.0;
  }
  activate(normal, bound, name);
  const double before = value_;
  if (solve() && repair()) {
    stalled_ = value_ > before ? 0 : stalled_ + 1;
    return true;
  }
  unreachable_below_ = value_;
  return false;
}

Index SimplexPoint::worst_free(double& side) const {
  const double allowed = norm_ == Norm::linf ? value_ : 0.0;
  double worst = feasible * (value_ + point_.cwiseAbs().maxCoeff());
  Index found = -1;
  for (const Index coordinate : free_) {
    const double beyond =
        norm_ == Norm::linf ? std::abs(point_[coordinate]) - allowed : -sides_[coordinate] * point_[coordinate];
    if (beyond <= worst) continue;
    worst = beyond;
    found = coordinate;
    side = point_[coordinate] < 0.0 ? -1.0 : 1.0;
  }
  return found;
}

bool SimplexPoint::repair() {
  for (int step = 0; step < most_steps; ++step) {
    double side = 0.0;
    const Index leaving = worst_free(side);
    if (leaving < 0) return true;
    const Index place = free_place_[static_cast<std::size_t>(leaving)];
    // Its slope moves: in l1 from the side it was at, in linf from 0 to the side that it goes to.
    Vector target = Vector::Zero(active());
    target[place] = norm_ == Norm::linf ? side : -sides_[leaving];
    if (norm_ == Norm::linf) target[active() - 1] = -1.0;
    const Vector change = inverse_.transpose() * target;
    const Vector slopes = normals_.topRows(active()).transpose() * change;
    const Block block = first_block(change, slopes, size_of_terms(change), leaving);
    switch (block.by) {
      case Block::By::nothing: return false;
      case Block::By::other_side: sides_[leaving] = -sides_[leaving]; break;
      case Block::By::multiplier:
        set_bound(leaving, side);
        drop(block.at);
        break;
      case Block::By::coordinate:
        set_bound(leaving, side);
        set_free(block.at);
        if (norm_ == Norm::l1) sides_[block.at] = slopes[block.at] > 0.0 ? 1.0 : -1.0;
        break;
    }
    if (active() == 0 || !solve()) return false;
  }
  return false;
}

bool SimplexPoint::start_from(const std::vector<HalfSpace>& active) {
  *this = SimplexPoint(point_.size(), norm_);
  for (std::size_t at = 0; at < active.size(); ++at) {
    const double missing = active[at].bound - active[at].normal.dot(point());
    if (missing > 0.0 && !add(active[at].normal, active[at].bound, static_cast<Index>(at))) {
      *this = SimplexPoint(point_.size(), norm_);
      return false;
    }
  }
  return true;
}

void SimplexPoint::activate(const Vector& normal, double bound, Index name) {
  const Index at = active();
  if (at == normals_.rows()) normals_.conservativeResize(2 * at + 4, normal.size());
  normals_.row(at) = normal.transpose();
  bounds_.push_back(bound);
  names_.push_back(name);
}

void SimplexPoint::drop(Index at) {
  for (Index j = at; j + 1 < active(); ++j) normals_.row(j) = normals_.row(j + 1).eval();
  bounds_.erase(bounds_.begin() + at);
  names_.erase(names_.begin() + at);
}

void SimplexPoint::set_free(Index coordinate) {
  free_place_[static_cast<std::size_t>(coordinate)] = static_cast<Index>(free_.size());
  free_.push_back(coordinate);
}

void SimplexPoint::set_bound(Index coordinate, double side) {
  const Index place = free_place_[static_cast<std::size_t>(coordinate)];
  free_.erase(free_.begin() + place);
  free_place_[static_cast<std::size_t>(coordinate)] = -1;
  for (auto at = static_cast<std::size_t>(place); at < free_.size(); ++at) {
    free_place_[static_cast<std::size_t>(free_[at])] = static_cast<Index>(at);
  }
  sides_[coordinate] = side;
}

}  // namespace holdfast::geometry
