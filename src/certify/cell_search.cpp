#include "certify/cell_search.hpp"

#include <algorithm>
#include <cmath>

#include "certify/box_limits.hpp"

namespace holdfast::certify {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double unit_roundoff = std::numeric_limits<double>::epsilon();
/// Nearest rows of the class whose constraints are tried before all others.
constexpr std::size_t first_rows = 32;
/// Of them, those that refine a candidate's bound.
constexpr std::size_t refining_rows = 8;
/// Rows found violated in a pass over the class that join them.
constexpr std::size_t joining_rows = 8;

}  // namespace

Found CellSearch::operator()(QueryRows& rows, const Box* change_limits) {
  Found found;
  take_nearest_own(rows);
  double nearest_own = infinity;
  for (const At& own : own_) nearest_own = std::min(nearest_own, std::sqrt(own.squared_distance));
  const double operator_norm = classifier_.dual_operator_norm(Norm::l2);
  waiting_.clear();
  while (true) {
    // Rows of other classes join the queue while their distance alone does not put them behind its front.
    const double front = std::min(found.radius, waiting_.empty() ? infinity : waiting_.front().bound);
    if (rows.others_left() > 0) {
      const double distance = std::sqrt(std::max(0.0, rows.nearest_other().squared_distance - rows.error()));
      const double bound = std::max(0.0, (distance - nearest_own) / (2.0 * operator_norm)) * (1.0 - 1e-9);
      if (bound < front) {
        const Index row = rows.take_nearest_other().row;
        waiting_.push_back(refined({bound, row, rows.distance_to(row), 0}, 1, rows.scale()));
        std::push_heap(waiting_.begin(), waiting_.end());
        continue;
      }
    }
    if (waiting_.empty() || waiting_.front().bound >= found.radius) return found;
    std::pop_heap(waiting_.begin(), waiting_.end());
    const Candidate candidate = waiting_.back();
    waiting_.pop_back();
    if (candidate.pairs < refining_rows) {
      waiting_.push_back(refined(candidate, refining_rows, rows.scale()));
      std::push_heap(waiting_.begin(), waiting_.end());
      continue;
    }
    solve_against(candidate, rows, change_limits, found);
  }
}

Found CellSearch::beyond(const Found& found, const QueryRows& rows, const Box* change_limits) {
  Found further;
  further.radius = found.radius * (1.0 + 1e-6);
  rounds_up_ = true;
  solve_against({found.radius, found.row, rows.distance_to(found.row), refining_rows}, rows, change_limits, further);
  rounds_up_ = false;
  return further;
}

void CellSearch::take_nearest_own(const QueryRows& rows) {
  sorted_own_ = std::min(first_rows, rows.own().size());
  own_.clear();
  for (std::size_t n = 0; n < sorted_own_; ++n) {
    const Index row = rows.own()[n].row;
    own_.push_back({rows.distance_to(row), row});
  }
}

CellSearch::Candidate CellSearch::refined(Candidate candidate, std::size_t pairs, double scale) const {
  for (std::size_t n = candidate.pairs; n < std::min(pairs, own_.size()); ++n) {
    const double needed =
        0.5 * gap_rounded_down(classifier_, candidate.squared_distance, own_[n].squared_distance, scale);
    if (!(needed > 0.0)) continue;
    const double length = dual_.distance(candidate.row, own_[n].row);
    if (length > 0.0) candidate.bound = std::max(candidate.bound, needed / length);
  }
  candidate.pairs = pairs;
  return candidate;
}

void CellSearch::set_constraint(Index at, const Candidate& candidate, double scale) {
  const At& own = own_[static_cast<std::size_t>(at)];
  normals_.row(at) = dual_.rows().row(candidate.row) - dual_.rows().row(own.row);
  lengths_[at] = normals_.row(at).norm();
  const double gap = rounds_up_
                         ? -gap_rounded_down(classifier_, own.squared_distance, candidate.squared_distance, scale)
                         : gap_rounded_down(classifier_, candidate.squared_distance, own.squared_distance, scale);
  offsets_[at] = 0.5 * gap;
}

void CellSearch::solve_against(const Candidate& candidate, const QueryRows& rows, const Box* limits, Found& found) {
  constexpr int most_steps = 100'000;
  const auto count = static_cast<Index>(own_.size());
  normals_.resize(count, dual_.dimension());
  offsets_.resize(count);
  lengths_.resize(count);
  for (Index at = 0; at < count; ++at) set_constraint(at, candidate, rows.scale());
  NearestPoint nearest(dual_.dimension());
  for (int step = 0; step < most_steps; ++step) {
    if (nearest.length() >= found.radius) return;  // it only grows
    Step taken = enter_nearest(candidate, nearest);
    if (taken == Step::none && limits != nullptr) {
      if (const auto limit = most_violated_limit(classifier_, *limits, nearest.point())) {
        taken = nearest.add(limit->normal, limit->bound) ? Step::moved : Step::failed;
      }
    }
    if (taken == Step::moved) continue;
    if (taken == Step::failed) {
      const double at_least = std::max(nearest.unreachable_below(), candidate.bound);
      if (at_least < found.radius) found = {at_least, BoundKind::lower_bound, Vector(), candidate.row};
      return;
    }
    if (extend_by_missed(candidate, rows, nearest)) continue;
    found = {nearest.length(), BoundKind::exact, nearest.point(), candidate.row};
    return;
  }
  const double at_least = std::max(nearest.length(), candidate.bound);
  if (at_least < found.radius) found = {at_least, BoundKind::lower_bound, Vector(), candidate.row};
}

CellSearch::Step CellSearch::enter_nearest(const Candidate& candidate, NearestPoint& nearest) {
  const double length = nearest.length();
  const double gamma = static_cast<double>(dual_.dimension() + classifier_.map().rows() + 8) * unit_roundoff;
  const Vector products = normals_ * nearest.point();
  double worst = 0.0;
  Index enters = -1;
  for (Index at = 0; at < products.size(); ++at) {
    const double missing = offsets_[at] - products[at];
    const double rounding = gamma * (candidate.squared_distance + own_[static_cast<std::size_t>(at)].squared_distance +
                                     2.0 * lengths_[at] * length);
    if (!(missing > rounding)) continue;
    const double way = lengths_[at] > 0.0 ? missing / lengths_[at] : infinity;
    if (way <= worst) continue;
    worst = way;
    enters = at;
  }
  if (enters < 0) return Step::none;
  return nearest.add(normals_.row(enters).transpose(), offsets_[enters]) ? Step::moved : Step::failed;
}

bool CellSearch::extend_by_missed(const Candidate& candidate, const QueryRows& rows, const NearestPoint& nearest) {
  const Matrix& mapped = classifier_.mapped();
  const Vector move = dual_.mapped(nearest.point());
  const Vector point = Eigen::Map<const Vector>(rows.query(), mapped.cols()) + move;
  const auto distance = [&](Index row) {
    return linalg::squared_distance(point.data(), mapped.row(row).data(), mapped.cols());
  };
  const double to_candidate = distance(candidate.row);
  // Only rows this near to the query can be nearer to the point than the candidate is.
  const double reach = (std::sqrt(to_candidate) + move.norm()) * (1.0 + 1e-9);
  const double gamma = static_cast<double>(mapped.cols() + dual_.dimension() + 8) * unit_roundoff;
  const double rounding = 4.0 * gamma * (rows.scale() + move.norm());
  std::vector<At> missed;
  for (std::size_t n = sorted_own_; n < rows.own().size(); ++n) {
    if (rows.own()[n].squared_distance - rows.error() > reach * reach) break;
    const Index row = rows.own()[n].row;
    const double there = distance(row);
    if (there < to_candidate - rounding * (std::sqrt(there) + std::sqrt(to_candidate))) missed.push_back({there, row});
  }
  std::sort(missed.begin(), missed.end());
  std::size_t joined = 0;
  for (const At& at : missed) {
    if (joined == joining_rows) break;
    const auto known = own_.begin() + static_cast<std::ptrdiff_t>(sorted_own_);
    if (std::any_of(known, own_.end(), [&](const At& own) { return own.row == at.row; })) continue;
    own_.push_back({rows.distance_to(at.row), at.row});
    ++joined;
  }
  if (joined == 0) return false;
  const auto count = static_cast<Index>(own_.size());
  normals_.conservativeResize(count, Eigen::NoChange);
  offsets_.conservativeResize(count);
  lengths_.conservativeResize(count);
  for (Index at = count - static_cast<Index>(joined); at < count; ++at) set_constraint(at, candidate, rows.scale());
  return true;
}

bool CellSearch::wins_at(const QueryRows& rows, const Vector& point, Index winner) const {
  const Matrix& mapped = classifier_.mapped();
  const auto distance = [&](Index row) {
    return linalg::squared_distance(point.data(), mapped.row(row).data(), mapped.cols());
  };
  const double to_winner = distance(winner);
  const double move = (point - Eigen::Map<const Vector>(rows.query(), mapped.cols())).norm();
  const double reach = (std::sqrt(to_winner) + move) * (1.0 + 1e-9);
  for (const At& own : rows.own()) {
    if (own.squared_distance - rows.error() > reach * reach) break;
    if (distance(own.row) <= to_winner) return false;
  }
  return true;
}

}  // namespace holdfast::certify
