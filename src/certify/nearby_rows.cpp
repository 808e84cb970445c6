#include "certify/nearby_rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace holdfast::certify {
namespace {

using geometry::RowDistance;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double unit_roundoff = std::numeric_limits<double>::epsilon();
/// Products of rows with all rows that are kept, in numbers: 128 MiB.
constexpr Index most_products = Index{1} << 24;
/// Where the parts of a perturbation are longer than it by more than this, their sum has lost too many digits.
constexpr double longest_spread = 1e3;

}  // namespace

bool NearbyRows::find_pair_bounds(geometry::QueryRows& around, const RowDistance& other, double reach,
                                  std::vector<double>& largest) {
  const std::size_t majority = largest.size();
  std::ranges::fill(largest, 0.0);
  for (std::size_t n = 0;; ++n) {
    const RowDistance* const at = around.same_class(n, other.squared_distance);
    if (at == nullptr) break;  // zero from here on
    const RowDistance own = *at;
    const double gap = classifier_.gap_rounded_down(other.squared_distance, own.squared_distance, around.scale());
    if (!(gap > 0.0)) continue;
    const double length = dual_.distance(own.row, other.row);
    // Where no perturbation tells the rows apart, the farther one stays so.
    const double bound = length > 0.0 ? 0.5 * gap / length * (1.0 - 8.0 * unit_roundoff) : infinity;
    if (bound <= largest.back()) continue;
    // Kept in falling order: the majority is small.
    std::size_t place = majority - 1;
    for (; place > 0 && largest[place - 1] < bound; --place) largest[place] = largest[place - 1];
    largest[place] = bound;
    if (largest.back() >= reach) return false;
  }
  return true;
}

void NearbyRows::take(geometry::QueryRows& around, std::size_t majority, double reach) {
  const RowDistance* const last_of_majority = around.same_class(majority - 1);
  // A perturbation moves the query by less than this in the mapped space, and each distance with it.
  const double move = std::isinf(reach) ? infinity : reach * classifier_.dual_operator_norm(norm_);
  const double majority_distance =
      last_of_majority == nullptr ? infinity : std::sqrt(last_of_majority->squared_distance);
  const double farthest_other = majority_distance + 2.0 * move;
  other_.clear();
  std::vector<double> largest(majority);
  std::vector<double> bounds;
  while (around.nearest_other_class(farthest_other * farthest_other) != nullptr) {
    const RowDistance other = around.take_other_class();
    if (!find_pair_bounds(around, other, reach, largest)) continue;
    other_.push_back(other);
    bounds.insert(bounds.end(), largest.begin(), largest.end());
  }
  const auto width = static_cast<Index>(majority);
  pair_bounds_ = Eigen::Map<const Matrix>(bounds.data(), static_cast<Index>(other_.size()), width);
  double last = 0.0;
  for (const RowDistance& at : other_) last = std::max(last, at.squared_distance);
  const double farthest_own = std::sqrt(last) + 2.0 * move;
  std::vector<RowDistance> own;
  while (const RowDistance* const at = around.same_class(own.size(), farthest_own * farthest_own)) own.push_back(*at);
  gather(around, own);
}

void NearbyRows::gather(const geometry::QueryRows& around, const std::vector<RowDistance>& own) {
  own_count_ = static_cast<Index>(own.size());
  rows_.clear();
  for (const RowDistance& at : own) rows_.push_back(at.row);
  for (const RowDistance& at : other_) rows_.push_back(at.row);
  gamma_ = static_cast<double>(dual_.dimension() + classifier_.map().rows() + 8) * unit_roundoff;
  dual_rows_.resize(size(), dual_.dimension());
  squared_.resize(size());
  error_.resize(size());
  lengths_.resize(size());
  for (Index row = 0; row < size(); ++row) {
    dual_rows_.row(row) = dual_.rows().row(reference_row(row)) - dual_.rows().row(reference_row(0));
    squared_[row] = around.distance_to(reference_row(row));
    error_[row] = classifier_.distance_error(squared_[row], around.scale());
    lengths_[row] = geometry::length(dual_rows_.row(row).transpose(), geometry::dual(norm_));
  }
  find_twins();
  products_.assign(rows_.size(), {});
  products_kept_ = 0;
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
  spread_ = 0.0;
}

void NearbyRows::move_to(const Vector& u, const std::vector<Share>& shares) {
  const double length = geometry::length(u, geometry::Norm::l2);
  double spread = 0.0;
  for (const Share& of : shares) spread += std::abs(of.share) * (lengths_[of.a] + lengths_[of.b]);
  // Where there are few columns, their product costs less.
  const bool is_short = 2 * static_cast<Index>(shares.size()) + 2 >= dimension();
  if (is_short || !(spread <= longest_spread * length)) return move_to(u);
  shifted_ = squared_;
  for (const Share& of : shares) {
    shifted_ -= 2.0 * of.share * products_with(of.a);
    shifted_ += 2.0 * of.share * products_with(of.b);
  }
  at_length_ = length;
  spread_ = spread;
}

const Vector& NearbyRows::products_with(Index row) {
  Vector& kept = products_[static_cast<std::size_t>(row)];
  if (kept.size() > 0) return kept;
  if (++products_kept_ * size() > most_products) {
    for (Vector& products : products_) products.resize(0);
    products_kept_ = 1;
  }
  kept = dual_rows_ * dual_rows_.row(row).transpose();
  return kept;
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
  return missing > rounding(a, b, length) ? missing / length : 0.0;
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
  return shifted_[a] - shifted_[b] > 4.0 * (error_[a] + error_[b] + rounding(a, b, lengths_[a] + lengths_[b]));
}

double NearbyRows::lacking(Index a, Index b, double margin) const {
  const double length = this->length(a, b);
  if (!(length > 0.0)) return 0.0;
  const double missing = 0.5 * (shifted_[a] - shifted_[b] + error_[a] + error_[b]) + margin * length;
  return missing > rounding(a, b, length) ? missing / length : 0.0;
}

geometry::HalfSpace NearbyRows::half_space(Index a, Index b, double margin) const {
  geometry::HalfSpace half_space{(dual_rows_.row(a) - dual_rows_.row(b)).transpose(), 0.0};
  const double rounded = margin > 0.0 ? error_[a] + error_[b] : -error_[a] - error_[b];
  half_space.bound = 0.5 * (squared_[a] - squared_[b] + rounded);
  if (margin > 0.0) half_space.bound += margin * length(a, b);
  return half_space;
}

}  // namespace holdfast::certify
