#include "certify/region_search.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

namespace holdfast::certify {
namespace {

using geometry::HalfSpace;
using geometry::NearestInNorm;

constexpr double infinity = std::numeric_limits<double>::infinity();
/// Parts whose bounds are this near to the best solution, relative, are not divided further.
constexpr double closed = 1e-10;
/// Half-spaces that a part's shortest perturbation may be moved into.
constexpr int most_steps = 100'000;

}  // namespace

RegionSolution RegionSearch::solve(geometry::QueryRows& around, int label, double start,
                                   const std::optional<geometry::Box>& limits, const SearchLimits& until) {
  this->start(around, label, start, limits);
  std::set<int> classes;
  for (Index row = 0; row < rows_.size(); ++row) classes.insert(rows_.code(row));
  is_relaxed_ = classes.size() > 2;
  add_two_class_regions();
  bool complete = run(until);
  if (complete && is_at_end_of_relaxation() && queue_.front()->bound < best_ * (1.0 - closed)) {
    const double at_least = queue_.front()->bound;
    is_relaxed_ = false;
    queue_.clear();
    regions_.clear();
    add_regions_of_rivals(at_least);
    complete = run(until);
  }
  const double open = complete ? infinity : queue_.front()->bound;
  return {std::min({best_, open, unsettled_}), complete && unsettled_ >= best_, solution_};
}

void RegionSearch::start(geometry::QueryRows& around, int label, double start,
                         const std::optional<geometry::Box>& limits) {
  limits_ = &limits;
  label_ = label;
  best_ = start;
  unsettled_ = infinity;
  solution_.resize(0);
  rows_.take(around, static_cast<std::size_t>(majority_), start);
  regions_.clear();
  queue_.clear();
  pivots_.clear();
  pivots_.resize(static_cast<std::size_t>(rows_.size()));
  decided_.assign(static_cast<std::size_t>(rows_.size()), Decided::open);
}

void RegionSearch::add_two_class_regions() {
  for (Index row = rows_.own_count(); row < rows_.size(); ++row) {
    add_region({row, Region::all_others, majority_ - 1, 0, majority_ - 1}, 0.0);
  }
}

void RegionSearch::add_regions_of_rivals(double at_least) {
  std::set<int> rivals;
  for (Index row = rows_.own_count(); row < rows_.size(); ++row) rivals.insert(rows_.code(row));
  for (const int rival : rivals) {
    for (Index pivot = rows_.own_count(); pivot < rows_.size(); ++pivot) {
      const Index third = rows_.code(pivot) == rival ? 0 : 1;
      for (Index votes = 1; votes <= majority_; ++votes) {
        add_region({pivot, rival, votes - 1, k_ - 2 * votes + 1 - third, k_ - votes}, at_least);
        if (votes == majority_) break;
        add_region({pivot, rival, votes, k_ - 2 * votes - third, k_ - votes - 1, true}, at_least);
      }
    }
  }
}

void RegionSearch::add_region(const Region& region, double at_least) {
  if (region.own_quota < 0 || region.third_quota < 0 || region.needed < 0) return;
  const double bound = std::max(at_least, rows_.pair_bound(region.pivot, region.own_quota));
  if (bound >= best_) return;
  auto part = std::make_unique<RegionPart>();
  part->bound = bound;
  part->region = regions_.size();
  regions_.push_back(region);
  Decisions decisions(rows_, regions_.back(), *part);
  for (const Index twin : rows_.twins(region.pivot)) {
    if (rows_.precedes(twin, region.pivot) && !decisions.put_in(twin)) return;
  }
  push(std::move(part));
}

bool RegionSearch::is_at_end_of_relaxation() const {
  return !queue_.empty() && queue_.front()->region == regions_.size();
}

bool RegionSearch::run(const SearchLimits& until) {
  for (Index parts = 0; !queue_.empty(); ++parts) {
    if (queue_.front()->bound >= best_ * (1.0 - closed)) return true;
    if (is_at_end_of_relaxation()) return true;
    if (parts >= until.parts) return false;
    if (std::chrono::steady_clock::now() > until.deadline) return false;
    std::ranges::pop_heap(queue_, Later());
    std::unique_ptr<RegionPart> part = std::move(queue_.back());
    queue_.pop_back();
    if (part->is_refined) {
      divide(std::move(part));
    } else {
      refine(*part);
      push(std::move(part));
    }
  }
  return true;
}

void RegionSearch::refine(RegionPart& part) const {
  part.is_refined = true;
  const Region& region = regions_[part.region];
  std::vector<double> to_reach;
  std::vector<double> to_reach_by_rival;
  std::vector<double> to_leave;
  for (Index row = rows_.own_count(); row < rows_.size(); ++row) {
    if (row == region.pivot) continue;
    const double excess = rows_.signed_excess_at_start(row, region.pivot, rows_.length(row, region.pivot));
    const double bound = std::max({0.0, excess, rows_.pair_bound(row, region.own_quota)});
    to_reach.push_back(bound);
    if (is_third(rows_, region, row)) {
      // At most its quota may be nearer than the pivot; the others have to be left.
      const double back = rows_.signed_excess_at_start(region.pivot, row, rows_.length(row, region.pivot));
      to_leave.push_back(std::max(0.0, back));
    } else if (region.rival != Region::all_others) {
      to_reach_by_rival.push_back(bound);
    }
  }
  const auto raise = [&](std::vector<double>& values, Index place, auto order) {
    if (place < 0) return;
    if (place >= static_cast<Index>(values.size())) {
      part.bound = infinity;
      return;
    }
    std::ranges::nth_element(values, values.begin() + place, order);
    part.bound = std::max(part.bound, values[static_cast<std::size_t>(place)]);
  };
  raise(to_reach, region.needed - 1, std::less<>());
  if (region.rival == Region::all_others) return;
  raise(to_reach_by_rival, region.needed - region.third_quota - 1, std::less<>());
  if (region.third_quota < static_cast<Index>(to_leave.size())) raise(to_leave, region.third_quota, std::greater<>());
}

RegionSearch::PivotRows& RegionSearch::rows_of(Index pivot) {
  std::unique_ptr<PivotRows>& kept = pivots_[static_cast<std::size_t>(pivot)];
  if (kept) return *kept;
  kept = std::make_unique<PivotRows>();
  for (Index row = 0; row < rows_.size(); ++row) {
    if (row == pivot) continue;
    const double length = rows_.length(row, pivot);
    if (rows_.is_own(row)) {
      if (rows_.signed_excess_at_start(pivot, row, length) > -best_) kept->own.push_back({row, length});
    } else if (rows_.signed_excess_at_start(row, pivot, length) < best_) {
      kept->other.push_back({row, length});
    }
  }
  return *kept;
}

void RegionSearch::mark(const RegionPart& part, Decided mark_in, Decided mark_out) {
  for (const Index row : part.in) decided_[static_cast<std::size_t>(row)] = mark_in;
  for (const Index row : part.out) decided_[static_cast<std::size_t>(row)] = mark_out;
}

std::optional<std::pair<Index, Index>> RegionSearch::most_violated(const RegionPart& part,
                                                                   const PivotRows& near) const {
  const Region& region = regions_[part.region];
  std::pair<Index, Index> worst;
  double farthest = 0.0;
  const auto consider = [&](Index a, Index b, double length) {
    const double excess = rows_.excess(a, b, length);
    if (excess <= farthest) return;
    farthest = excess;
    worst = {a, b};
  };
  const bool own_are_full = part.own_in >= region.own_quota;
  for (const PivotRows::At& at : near.own) {
    const Decided decided = decided_[static_cast<std::size_t>(at.row)];
    if (decided == Decided::out || (own_are_full && decided == Decided::open))
      consider(region.pivot, at.row, at.length);
  }
  const bool third_are_full = part.third_in >= region.third_quota;
  for (const PivotRows::At& at : near.other) {
    const Decided decided = decided_[static_cast<std::size_t>(at.row)];
    if (decided == Decided::in) consider(at.row, region.pivot, at.length);
    if (decided == Decided::out || (third_are_full && decided == Decided::open && is_third(rows_, region, at.row))) {
      consider(region.pivot, at.row, at.length);
    }
  }
  for (Index own = 0; part.first >= 0 && own < rows_.own_count(); ++own) {
    consider(part.first, own, rows_.length(part.first, own));
  }
  if (!(farthest > 0.0)) return std::nullopt;
  return worst;
}

void RegionSearch::move_to_nearest() {
  const Vector point = nearest_.point();
  const std::vector<double>* const multipliers = nearest_.multipliers();
  if (multipliers == nullptr) return rows_.move_to(point);
  std::vector<NearbyRows::Share> shares;
  for (std::size_t at = 0; at < multipliers->size(); ++at) {
    const auto& [a, b] = names_[static_cast<std::size_t>(nearest_.active_names()[at])];
    if (a < 0) return rows_.move_to(point);
    shares.push_back({a, b, (*multipliers)[at]});
  }
  rows_.move_to(point, shares);
}

bool RegionSearch::solve_part(const RegionPart& part, const PivotRows& near) {
  names_ = part.active;
  std::vector<HalfSpace> active;
  for (const auto& [a, b] : names_) active.push_back(rows_.half_space(a, b));
  nearest_ = NearestInNorm(rows_.dimension(), rows_.norm());
  if (!nearest_.start_from(active)) names_.clear();
  for (int step = 0; step < most_steps; ++step) {
    if (nearest_.length() >= best_) return false;
    move_to_nearest();
    std::optional<HalfSpace> violated;
    if (const auto worst = most_violated(part, near)) {
      if (!(rows_.length(worst->first, worst->second) > 0.0)) return false;  // equal rows never stand so
      violated = rows_.half_space(worst->first, worst->second);
      names_.push_back(*worst);
    } else if (*limits_) {
      violated = classifier_.most_violated_limit(**limits_, nearest_.point());
      names_.emplace_back(-1, -1);
    }
    if (!violated) return true;
    if (!nearest_.add(violated->normal, violated->bound, static_cast<Index>(names_.size()) - 1)) {
      const double at_least = std::max(part.bound, nearest_.unreachable_below());
      if (at_least < best_) unsettled_ = std::min(unsettled_, at_least);
      return false;
    }
  }
  unsettled_ = std::min(unsettled_, std::max(part.bound, nearest_.length()));
  return false;
}

bool RegionSearch::may_count(const RegionPart& part, Index row) const {
  // A row stands behind the equal rows that precede it, so that it counts only where these may.
  const Region& region = regions_[part.region];
  return std::ranges::all_of(rows_.twins(row), [&](Index twin) {
    return !rows_.precedes(twin, row) || twin == region.pivot ||
           decided_[static_cast<std::size_t>(twin)] == Decided::in ||
           !(rows_.is_own(twin) || is_third(rows_, region, twin));
  });
}

RegionSearch::Standing RegionSearch::standing(const RegionPart& part, const PivotRows& near) const {
  const Region& region = regions_[part.region];
  Standing standing;
  for (const PivotRows::At& at : near.own) {
    const double excess = rows_.excess(region.pivot, at.row, at.length);
    if (!(excess > 0.0)) continue;
    ++standing.own_nearer;
    if (decided_[static_cast<std::size_t>(at.row)] == Decided::open) standing.own.push_back({excess, at.row});
  }
  Index third_reached = 0;
  for (const PivotRows::At& at : near.other) {
    const Decided decided = decided_[static_cast<std::size_t>(at.row)];
    const bool third = is_third(rows_, region, at.row);
    const double nearer = rows_.excess(region.pivot, at.row, at.length);
    if (third && nearer > 0.0) {
      ++standing.third_nearer;
      if (decided == Decided::open) standing.third.push_back({nearer, at.row});
    }
    if (decided == Decided::out) continue;
    const double farther = rows_.excess(at.row, region.pivot, at.length);
    const bool counts = !(farther > 0.0) && (nearer > 0.0 || decided == Decided::in || may_count(part, at.row));
    if (counts) {
      ++(third ? third_reached : standing.reached);
    } else if (std::isfinite(farther) && decided == Decided::open &&
               rows_.pair_bound(at.row, region.own_quota) < best_) {
      standing.missing.push_back({farther, at.row});
    }
  }
  standing.reached += std::min(third_reached, region.third_quota);
  return standing;
}

void RegionSearch::push(std::unique_ptr<RegionPart> part) {
  if (part->bound >= best_) return;
  queue_.push_back(std::move(part));
  std::ranges::push_heap(queue_, Later());
}

void RegionSearch::keep(const RegionPart& part) {
  if (!is_relaxed_ || outvoting(rows_, k_, label_)) {
    best_ = nearest_.length();
    solution_ = nearest_.point();
    return;
  }
  // The least point of the relaxation, where no class wins against the label: the search goes on by rivals once nothing
  // is shorter.
  auto end = std::make_unique<RegionPart>(part);
  end->bound = nearest_.length();
  end->region = regions_.size();
  push(std::move(end));
}

}  // namespace holdfast::certify
