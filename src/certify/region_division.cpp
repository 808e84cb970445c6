// How a part of a region is divided where its shortest perturbation misses a quota.
#include <algorithm>
#include <cmath>

#include "certify/region_search.hpp"

namespace holdfast::certify {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Orders of choices; equal ones in the order of the rows, so that a run can be repeated.
constexpr auto farthest = [](const auto& a, const auto& b) {
  return a.distance > b.distance || (a.distance == b.distance && a.row < b.row);
};
constexpr auto nearest = [](const auto& a, const auto& b) {
  return a.distance < b.distance || (a.distance == b.distance && a.row < b.row);
};

/// The distance of the choice at a place in an order; infinite if there are fewer.
template <class Choices, class Order>
double distance_at(Choices choices, Index place, Order order) {
  if (place >= static_cast<Index>(choices.size())) return infinity;
  std::ranges::nth_element(choices, choices.begin() + place, order);
  return choices[static_cast<std::size_t>(place)].distance;
}

}  // namespace

void RegionSearch::divide(std::unique_ptr<RegionPart> part) {
  const Region& region = regions_[part->region];
  const PivotRows& near = rows_of(region.pivot);
  mark(*part, Decided::in, Decided::out);
  const bool is_shorter = solve_part(*part, near);
  Standing standing = is_shorter ? this->standing(*part, near) : Standing();
  mark(*part, Decided::open, Decided::open);
  if (!is_shorter) return;
  part->active.clear();
  for (const Index name : nearest_.active_names()) {
    const auto& half_space = names_[static_cast<std::size_t>(name)];
    if (half_space.first >= 0) part->active.push_back(half_space);
  }
  const Index own_left = region.own_quota - part->own_in;
  const Index third_left = region.third_quota - part->third_in;
  const Index lacking = region.needed - standing.reached;
  // The least bound among the parts that each way of dividing makes: the way that raises it most is taken.
  const double by_own = standing.own_nearer > region.own_quota ? distance_at(standing.own, own_left, farthest) : -1.0;
  const double by_third =
      standing.third_nearer > region.third_quota ? distance_at(standing.third, third_left, farthest) : -1.0;
  const double by_missing = lacking > 0 ? distance_at(standing.missing, lacking - 1, nearest) : -1.0;
  if (by_own >= 0.0 && by_own >= std::max(by_third, by_missing)) {
    divide_by_excess(*part, std::move(standing.own), own_left);
  } else if (by_third >= 0.0 && by_third >= by_missing) {
    divide_by_excess(*part, std::move(standing.third), third_left);
  } else if (by_missing >= 0.0) {
    divide_by_missing(*part, std::move(standing.missing), lacking);
  } else if (region.needs_first && part->first < 0) {
    divide_by_first(*part, near);
  } else {
    keep(*part);
  }
}

double RegionSearch::bound_beyond(double distance, Index a, Index b) const {
  if (rows_.norm() != geometry::Norm::l2) {
    return std::max(nearest_.length(), rows_.signed_excess_at_start(a, b, rows_.length(a, b))) * (1.0 - 1e-13);
  }
  // The part is convex: its points that are `distance` or more from its shortest are at least this long.
  return std::hypot(nearest_.length(), distance) * (1.0 - 1e-13);
}

std::unique_ptr<RegionPart> RegionSearch::child(const RegionPart& part, double bound) const {
  auto child = std::make_unique<RegionPart>(part);
  child->bound = std::max(part.bound, bound);
  child->is_refined = true;
  return child;
}

void RegionSearch::divide_by_excess(const RegionPart& part, std::vector<Choice> nearer, Index quota_left) {
  // One more than may be nearer: one of them is not. The first that is not tells the parts apart.
  std::ranges::sort(nearer, farthest);
  const auto count = static_cast<std::size_t>(quota_left) + 1;
  for (std::size_t out = 0; out < std::min(count, nearer.size()); ++out) {
    const Region& region = regions_[part.region];
    const double bound = bound_beyond(nearer[out].distance, region.pivot, nearer[out].row);
    if (bound >= best_) continue;
    auto some = child(part, bound);
    Decisions decisions(rows_, region, *some);
    bool possible = true;
    for (std::size_t in = 0; in < out && possible; ++in) possible = decisions.put_in(nearer[in].row);
    if (possible && decisions.put_out(nearer[out].row)) push(std::move(some));
  }
}

void RegionSearch::divide_by_missing(const RegionPart& part, std::vector<Choice> missing, Index lacking) {
  // As many as are lacking have to come in, so that one is in that is not among the first lacking - 1.
  std::ranges::sort(missing, nearest);
  const Region& region = regions_[part.region];
  const auto first = static_cast<std::size_t>(lacking - 1);
  for (std::size_t in = first; in < missing.size(); ++in) {
    const double of_row = rows_.pair_bound(missing[in].row, region.own_quota);
    const double bound = std::max(of_row, bound_beyond(missing[in].distance, missing[in].row, region.pivot));
    if (bound >= best_) continue;
    auto some = child(part, bound);
    Decisions decisions(rows_, region, *some);
    bool possible = true;
    for (std::size_t out = first; out < in && possible; ++out) possible = decisions.put_out(missing[out].row);
    if (possible && decisions.put_in(missing[in].row)) push(std::move(some));
  }
}

void RegionSearch::divide_by_first(const RegionPart& part, const PivotRows& near) {
  const Region& region = regions_[part.region];
  std::vector<Index> candidates;
  for (const PivotRows::At& at : near.other) {
    if (rows_.code(at.row) == region.rival) candidates.push_back(at.row);
  }
  if (rows_.code(region.pivot) == region.rival) candidates.push_back(region.pivot);
  for (const Index row : candidates) {
    if (std::ranges::find(part.out, row) != part.out.end()) continue;
    double bound = nearest_.length();
    for (Index own = 0; own < rows_.own_count(); ++own) {
      const double distance = rows_.excess(row, own, rows_.length(row, own));
      if (distance > 0.0) bound = std::max(bound, bound_beyond(distance, row, own));
    }
    if (std::isinf(bound)) continue;
    auto some = child(part, bound);
    some->first = row;
    push(std::move(some));
  }
}

}  // namespace holdfast::certify
