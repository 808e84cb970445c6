#include "attack/outvoting_regions.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <utility>

#include "holdfast/geometry/nearest_in_norm.hpp"

namespace holdfast::attack {
namespace {

using geometry::Norm;
using geometry::RowDistance;

/// The number of regions tried per query: those with the least bounds.
constexpr std::size_t most_regions = 16;
/// Rows gathered per row of a majority.
constexpr std::size_t rows_per_vote = 32;
/// Nearest rows of other classes from which regions start.
constexpr std::size_t seeds = 32;
/// Rounds of choosing anew which rows of the class are exempt.
constexpr int exemption_rounds = 4;

}  // namespace

OutvotingRegions::OutvotingRegions(const geometry::PerturbedClassifier& classifier, const geometry::DualRows& dual,
                                   Norm norm, Index k)
    : classifier_(classifier), dual_(dual), norm_(norm), majority_(static_cast<std::size_t>((k + 1) / 2)) {}

bool OutvotingRegions::Region::operator<(const Region& other) const {
  if (bound != other.bound) return bound < other.bound;
  return std::ranges::lexicographical_compare(winners, other.winners, {}, &RowDistance::row, &RowDistance::row);
}

void OutvotingRegions::attack(geometry::QueryRows& rows, const std::optional<geometry::Box>& limits,
                              AttackState& state) {
  const std::size_t most = 32 + rows_per_vote * majority_;
  const std::span<const RowDistance> nearest = rows.nearest_of_class(most);
  same_class_.assign(nearest.begin(), nearest.end());
  other_class_.clear();
  while (other_class_.size() < most && rows.nearest_other_class() != nullptr) {
    other_class_.push_back(rows.take_other_class());
  }
  for (const Region& region : regions()) {
    if (region.bound >= state.size()) break;
    const Vector u = shortest(region, limits);
    // The prediction often changes a little before the region is reached, seldom much.
    if (u.size() > 0 && 0.7 * geometry::length(u, norm_) < state.size()) state.search_line(dual_.lifted(u));
  }
}

OutvotingRegions::Region OutvotingRegions::region_of(std::vector<RowDistance> winners) const {
  std::ranges::sort(winners, {}, &RowDistance::row);
  // Each winner must pass all rows of the class but those exempt: at least the next hardest of those looked at.
  std::vector<double> to_pass(std::min(exemptions() + majority_, same_class_.size()));
  const auto hardest = to_pass.begin() + static_cast<std::ptrdiff_t>(exemptions());
  double bound = 0.0;
  for (const RowDistance& winner : winners) {
    for (std::size_t n = 0; n < to_pass.size(); ++n) {
      const double needed = 0.5 * (winner.squared_distance - same_class_[n].squared_distance);
      const double length = dual_.distance(winner.row, same_class_[n].row);
      to_pass[n] = needed > 0.0 && length > 0.0 ? needed / length : 0.0;
    }
    std::nth_element(to_pass.begin(), hardest, to_pass.end(), std::greater<>());
    bound = std::max(bound, *hardest);
  }
  return {bound, std::move(winners)};
}

std::vector<OutvotingRegions::Region> OutvotingRegions::regions() const {
  std::vector<Region> found;
  if (same_class_.empty()) return found;
  const auto code = [&](const RowDistance& at) { return classifier_.code(at.row); };
  for (std::size_t n = 0; n < std::min(seeds, other_class_.size()); ++n) {
    std::vector<RowDistance> same;
    std::ranges::copy_if(other_class_, std::back_inserter(same),
                         [&](const RowDistance& other) { return code(other) == code(other_class_[n]); });
    if (same.size() >= majority_) add_regions(same, other_class_[n], found);
  }
  std::ranges::sort(found, std::less());
  const auto are_equal = [](const Region& a, const Region& b) { return !(a < b) && !(b < a); };
  found.erase(std::unique(found.begin(), found.end(), are_equal), found.end());
  if (found.size() > most_regions) found.resize(most_regions);
  return found;
}

void OutvotingRegions::add_regions(const std::vector<RowDistance>& rows, const RowDistance& seed,
                                   std::vector<Region>& regions) const {
  const auto count = static_cast<std::ptrdiff_t>(majority_);
  if (rows.front().row == seed.row) regions.push_back(region_of({rows.begin(), rows.begin() + count}));
  const Matrix& mapped = classifier_.mapped();
  std::vector<std::pair<double, std::size_t>> around;
  for (std::size_t n = 0; n < rows.size(); ++n) {
    around.emplace_back(classifier_.squared_distance(mapped.row(seed.row).data(), rows[n].row), n);
  }
  std::partial_sort(around.begin(), around.begin() + count, around.end());
  std::vector<RowDistance> winners;
  for (std::size_t n = 0; n < majority_; ++n) winners.push_back(rows[around[n].second]);
  regions.push_back(region_of(std::move(winners)));
}

Vector OutvotingRegions::shortest(const Region& region, const std::optional<geometry::Box>& limits) const {
  Vector u = project(region, {}, limits);
  // The region is a union over the rows of the class that are exempt: those nearest to where the last projection ended.
  for (int round = 0; u.size() > 0 && exemptions() > 0 && round < exemption_rounds; ++round) {
    const Vector next = project(region, nearest_of_class(exemptions(), u), limits);
    if (next.size() == 0 || geometry::length(next, norm_) > geometry::length(u, norm_) * (1.0 - 1e-9)) break;
    u = next;
  }
  return u;
}

double OutvotingRegions::shifted_squared_distance(const RowDistance& row, const Vector& u) const {
  return row.squared_distance - 2.0 * dual_.rows().row(row.row).dot(u);
}

std::vector<OutvotingRegions::RowDistance> OutvotingRegions::nearest_of_class(std::size_t count,
                                                                              const Vector& u) const {
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t n = 0; n < same_class_.size(); ++n)
    order.emplace_back(shifted_squared_distance(same_class_[n], u), n);
  std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end());
  std::vector<RowDistance> nearest;
  for (std::size_t n = 0; n < count; ++n) nearest.push_back(same_class_[order[n].second]);
  return nearest;
}

Vector OutvotingRegions::project(const Region& region, const std::vector<RowDistance>& exempt,
                                 const std::optional<geometry::Box>& limits) const {
  constexpr int most_steps = 400;
  const Matrix& dual = dual_.rows();
  geometry::NearestInNorm nearest(dual_.dimension(), norm_);
  std::vector<const RowDistance*> rivals;
  for (const RowDistance& row : same_class_) {
    if (std::ranges::find(exempt, row.row, &RowDistance::row) == exempt.end()) rivals.push_back(&row);
  }
  const auto further_exempt = static_cast<std::ptrdiff_t>(exemptions() - exempt.size());
  std::vector<std::pair<double, const RowDistance*>> same_class;
  for (int step = 0; step < most_steps; ++step) {
    Vector u = nearest.point();
    const auto distance = [&](const RowDistance& row) { return shifted_squared_distance(row, u); };
    const auto last = std::ranges::max_element(region.winners, {}, distance);
    same_class.clear();
    for (const RowDistance* row : rivals) same_class.emplace_back(distance(*row), row);
    const auto rival = same_class.begin() + further_exempt;
    std::nth_element(same_class.begin(), rival, same_class.end());
    const double tolerance = 1e-12 * (last->squared_distance + rival->second->squared_distance);
    if (distance(*last) > rival->first + tolerance) {
      const RowDistance& passed = *rival->second;
      const Vector normal = (dual.row(last->row) - dual.row(passed.row)).transpose();
      if (!nearest.add(normal, 0.5 * (last->squared_distance - passed.squared_distance))) return {};
      continue;
    }
    if (!limits) return u;
    const auto limit = classifier_.most_violated_limit(*limits, u);
    if (!limit) return u;
    if (!nearest.add(limit->normal, limit->bound)) return {};
  }
  return {};
}

}  // namespace holdfast::attack
