#include "certify/nearby_rows.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "holdfast/linalg/products.hpp"

namespace holdfast::certify {
namespace {

using geometry::RowDistance;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double unit_roundoff = std::numeric_limits<double>::epsilon();
/// Rows of other classes whose pair bounds are formed by one matrix product.
constexpr Index block = 256;

}  // namespace

void NearbyRows::take(geometry::QueryRows& around, std::size_t majority, double reach) {
  const std::vector<RowDistance>& same = around.same_class();
  // A perturbation moves the query by less than this in the mapped space, and each distance with it.
  const double move = std::isinf(reach) ? infinity : reach * classifier_.dual_operator_norm(norm_);
  const double majority_distance =
      same.size() < majority ? infinity : std::sqrt(same[majority - 1].squared_distance + around.error());
  const double farthest_other = majority_distance + 2.0 * move;
  std::vector<RowDistance> other;
  while (around.other_class_left() > 0) {
    const double squared = around.nearest_other_class().squared_distance - around.error();
    if (squared > farthest_other * farthest_other) break;
    other.push_back(around.take_nearest_other_class());
  }
  const double last = other.empty() ? 0.0 : std::sqrt(other.back().squared_distance + 2.0 * around.error());
  const double farthest_own = last + 2.0 * move;
  std::vector<RowDistance> own;
  for (const RowDistance& at : same) {
    if (at.squared_distance - around.error() > farthest_own * farthest_own) break;
    own.push_back(at);
  }
  gather(around, own, other);
}

void NearbyRows::gather(const geometry::QueryRows& around, const std::vector<RowDistance>& own,
                        const std::vector<RowDistance>& other) {
  own_count_ = static_cast<Index>(own.size());
  rows_.clear();
  for (const RowDistance& at : own) rows_.push_back(at.row);
  for (const RowDistance& at : other) rows_.push_back(at.row);
  const double gamma = static_cast<double>(classifier_.map().rows() + classifier_.map().cols() + 8) * unit_roundoff;
  gamma_ = static_cast<double>(dual_.dimension() + classifier_.map().rows() + 8) * unit_roundoff;
  dual_rows_.resize(size(), dual_.dimension());
  squared_.resize(size());
  error_.resize(size());
  for (Index row = 0; row < size(); ++row) {
    dual_rows_.row(row) = dual_.rows().row(reference_row(row)) - dual_.rows().row(reference_row(0));
    squared_[row] = around.distance_to(reference_row(row));
    // As in PerturbedClassifier::gap_rounded_down, which subtracts the errors of two rows.
    error_[row] = gamma * (squared_[row] + 4.0 * around.scale() * std::sqrt(squared_[row]));
  }
  lengths_.resize(size());
  for (Index row = 0; row < size(); ++row) {
    lengths_[row] = geometry::length(dual_rows_.row(row).transpose(), geometry::dual(norm_));
  }
  find_twins();
  move_to(Vector::Zero(dual_.dimension()));
}

void NearbyRows::find_twins() {
  twins_.assign(rows_.size(), {});
  const Matrix& mapped = classifier_.mapped();
  std::vector<Index> order(rows_.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::ranges::sort(order, {}, [&](Index row) { return squared_[row]; });
  for (std::size_t first = 0; first < order.size(); ++first) {
    for (std::size_t second = first + 1; second < order.size(); ++second) {
      const Index a = order[first];
      const Index b = order[second];
      if (squared_[a] != squared_[b]) break;
      if (mapped.row(reference_row(a)) != mapped.row(reference_row(b))) continue;
      twins_[static_cast<std::size_t>(a)].push_back(b);
      twins_[static_cast<std::size_t>(b)].push_back(a);
    }
  }
}

void NearbyRows::move_to(const Vector& u) {
  shifted_ = squared_ - 2.0 * (dual_rows_ * u);
  at_length_ = geometry::length(u, norm_);
}

double NearbyRows::length(Index a, Index b) const {
  const double* const p = dual_rows_.row(a).data();
  const double* const q = dual_rows_.row(b).data();
  switch (norm_) {
    case geometry::Norm::l1: return linalg::linf_distance(p, q, dimension());
    case geometry::Norm::l2: return linalg::euclidean_distance(p, q, dimension());
    case geometry::Norm::linf: return linalg::l1_distance(p, q, dimension());
  }
  return 0.0;
}

double NearbyRows::excess(Index a, Index b, double length) const {
  if (!(length > 0.0)) return is_always_no_farther(a, b) ? 0.0 : infinity;
  const double missing = 0.5 * (shifted_[a] - shifted_[b] - error_[a] - error_[b]);
  const double rounding = gamma_ * (squared_[a] + squared_[b] + 2.0 * length * at_length_);
  return missing > rounding ? missing / length : 0.0;
}

double NearbyRows::signed_excess_at_start(Index a, Index b, double length) const {
  if (!(length > 0.0)) return is_always_no_farther(a, b) ? -infinity : infinity;
  return 0.5 * (squared_[a] - squared_[b] - error_[a] - error_[b]) / length;
}

bool NearbyRows::is_always_no_farther(Index a, Index b) const {
  if (squared_[a] == squared_[b]) return a == b || precedes(a, b);
  return squared_[a] - squared_[b] <= error_[a] + error_[b];
}

bool NearbyRows::is_farther(Index a, Index b) const {
  const double rounding = gamma_ * (squared_[a] + squared_[b] + 2.0 * (lengths_[a] + lengths_[b]) * at_length_);
  return shifted_[a] - shifted_[b] > 4.0 * (error_[a] + error_[b] + rounding);
}

double NearbyRows::lacking(Index a, Index b, double margin) const {
  const double length = this->length(a, b);
  if (!(length > 0.0)) return 0.0;
  const double missing = 0.5 * (shifted_[a] - shifted_[b] + error_[a] + error_[b]) + margin * length;
  const double rounding = gamma_ * (squared_[a] + squared_[b] + 2.0 * length * at_length_);
  return missing > rounding ? missing / length : 0.0;
}

geometry::HalfSpace NearbyRows::half_space(Index a, Index b, double margin) const {
  geometry::HalfSpace half_space{(dual_rows_.row(a) - dual_rows_.row(b)).transpose(), 0.0};
  const double rounded = margin > 0.0 ? error_[a] + error_[b] : -error_[a] - error_[b];
  half_space.bound = 0.5 * (squared_[a] - squared_[b] + rounded);
  if (margin > 0.0) half_space.bound += margin * length(a, b);
  return half_space;
}

Matrix NearbyRows::lengths_from(Index first, Index count) const {
  Matrix lengths(count, own_count_);
  if (norm_ != geometry::Norm::l2) {
    for (Index at = 0; at < count; ++at) {
      for (Index own = 0; own < own_count_; ++own) {
        lengths(at, own) =
            length(first + at, own) * (1.0 + 4.0 * gamma_) + gamma_ * (lengths_[first + at] + lengths_[own]);
      }
    }
    return lengths;
  }
  const Matrix products =
      linalg::product_with_transpose(dual_rows_.middleRows(first, count), dual_rows_.topRows(own_count_));
  for (Index at = 0; at < count; ++at) {
    for (Index own = 0; own < own_count_; ++own) {
      const double sum = lengths_[first + at] * lengths_[first + at] + lengths_[own] * lengths_[own];
      lengths(at, own) = std::sqrt(std::max(0.0, sum - 2.0 * products(at, own)) + 4.0 * gamma_ * sum);
    }
  }
  return lengths;
}

Matrix NearbyRows::pair_bounds(Index count) const {
  const Index others = size() - own_count_;
  Matrix bounds = Matrix::Zero(others, count);
  std::vector<double> largest;
  for (Index begin = 0; begin < others; begin += block) {
    const Index end = std::min(others, begin + block);
    const Matrix lengths = lengths_from(own_count_ + begin, end - begin);
    for (Index at = begin; at < end; ++at) {
      const Index row = own_count_ + at;
      largest.clear();
      for (Index own = 0; own < own_count_; ++own) {
        const double gap = squared_[row] - squared_[own] - error_[row] - error_[own];
        if (!(gap > 0.0)) continue;
        const double length = lengths(at - begin, own);
        largest.push_back(length > 0.0 ? 0.5 * gap / length * (1.0 - 8.0 * unit_roundoff) : 0.0);
      }
      const auto kept = std::min(static_cast<std::ptrdiff_t>(count), static_cast<std::ptrdiff_t>(largest.size()));
      std::partial_sort(largest.begin(), largest.begin() + kept, largest.end(), std::greater<>());
      for (std::ptrdiff_t n = 0; n < kept; ++n) bounds(at, n) = largest[static_cast<std::size_t>(n)];
    }
  }
  return bounds;
}

}  // namespace holdfast::certify
