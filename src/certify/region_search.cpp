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
/// Marks of decided rows.
constexpr char open_mark = 0;
constexpr char in_mark = 1;
constexpr char out_mark = 2;

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

RegionSolution RegionSearch::solve(geometry::QueryRows& around, int label, double start,
                                   const std::optional<geometry::Box>& limits, const SearchLimits& until) {
  this->start(around, label, start, limits);
  std::set<int> classes;
  for (Index row = 0; row < rows_.size(); ++row) classes.insert(rows_.code(row));
  is_relaxed_ = classes.size() > 2;
  add_two_class_regions();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(until.seconds);
  bool complete = run(until);
  const auto left = std::chrono::duration<double>(deadline - std::chrono::steady_clock::now()).count();
  if (complete && is_at_end_of_relaxation() && queue_.front()->bound < best_ * (1.0 - closed)) {
    const double at_least = queue_.front()->bound;
    is_relaxed_ = false;
    queue_.clear();
    regions_.clear();
    add_regions_of_rivals(at_least);
    complete = run({left, until.parts});
  }
  const double open = queue_.empty() ? infinity : queue_.front()->bound;
  RegionSolution solution;
  solution.at_least = std::min({best_, open, unsettled_});
  solution.is_complete = complete && unsettled_ >= best_;
  if (complete) solution.at_least = std::min(best_, unsettled_);
  solution.coordinates = solution_;
  return solution;
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
  decided_.assign(static_cast<std::size_t>(rows_.size()), open_mark);
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
  const auto began = std::chrono::steady_clock::now();
  for (Index parts = 0; !queue_.empty(); ++parts) {
    if (queue_.front()->bound >= best_ * (1.0 - closed)) return true;
    if (is_at_end_of_relaxation()) return true;
    if (parts >= until.parts) return false;
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
    if (passed.count() > until.seconds) return false;
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

void RegionSearch::mark(const RegionPart& part, char mark_in, char mark_out) {
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
    const char decided = decided_[static_cast<std::size_t>(at.row)];
    if (decided == out_mark || (own_are_full && decided == open_mark)) consider(region.pivot, at.row, at.length);
  }
  const bool third_are_full = part.third_in >= region.third_quota;
  for (const PivotRows::At& at : near.other) {
    const char decided = decided_[static_cast<std::size_t>(at.row)];
    if (decided == in_mark) consider(at.row, region.pivot, at.length);
    if (decided == out_mark || (third_are_full && decided == open_mark && is_third(rows_, region, at.row))) {
      consider(region.pivot, at.row, at.length);
    }
  }
  for (Index own = 0; part.first >= 0 && own < rows_.own_count(); ++own) {
    consider(part.first, own, rows_.length(part.first, own));
  }
  if (!(farthest > 0.0)) return std::nullopt;
  return worst;
}

bool RegionSearch::solve_part(const RegionPart& part, const PivotRows& near) {
  names_ = part.active;
  std::vector<HalfSpace> active;
  for (const auto& [a, b] : names_) active.push_back(rows_.half_space(a, b));
  nearest_ = NearestInNorm(rows_.dimension(), rows_.norm());
  if (!nearest_.start_from(active)) names_.clear();
  for (int step = 0; step < most_steps; ++step) {
    if (nearest_.length() >= best_) return false;
    rows_.move_to(nearest_.point());
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
    return !rows_.precedes(twin, row) || twin == region.pivot || decided_[static_cast<std::size_t>(twin)] == in_mark ||
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
    if (decided_[static_cast<std::size_t>(at.row)] == open_mark) standing.own.push_back({excess, at.row});
  }
  Index third_reached = 0;
  for (const PivotRows::At& at : near.other) {
    const char decided = decided_[static_cast<std::size_t>(at.row)];
    const bool third = is_third(rows_, region, at.row);
    const double nearer = rows_.excess(region.pivot, at.row, at.length);
    if (third && nearer > 0.0) {
      ++standing.third_nearer;
      if (decided == open_mark) standing.third.push_back({nearer, at.row});
    }
    if (decided == out_mark) continue;
    const double farther = rows_.excess(at.row, region.pivot, at.length);
    const bool counts = !(farther > 0.0) && (nearer > 0.0 || decided == in_mark || may_count(part, at.row));
    if (counts) {
      ++(third ? third_reached : standing.reached);
    } else if (std::isfinite(farther) && decided == open_mark && rows_.pair_bound(at.row, region.own_quota) < best_) {
      standing.missing.push_back({farther, at.row});
    }
  }
  standing.reached += std::min(third_reached, region.third_quota);
  return standing;
}

void RegionSearch::divide(std::unique_ptr<RegionPart> part) {
  const Region& region = regions_[part->region];
  const PivotRows& near = rows_of(region.pivot);
  mark(*part, in_mark, out_mark);
  const bool is_shorter = solve_part(*part, near);
  Standing standing = is_shorter ? this->standing(*part, near) : Standing();
  mark(*part, open_mark, open_mark);
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

void RegionSearch::push(std::unique_ptr<RegionPart> part) {
  if (part->bound >= best_) return;
  queue_.push_back(std::move(part));
  std::ranges::push_heap(queue_, Later());
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
