#include "certify/cell_search.hpp"

#include <algorithm>
#include <cmath>

namespace holdfast::certify {
namespace {

using geometry::Box;
using geometry::HalfSpace;
using geometry::NearestPoint;
using geometry::Norm;
using geometry::QueryRows;
using geometry::RowDistance;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double unit_roundoff = std::numeric_limits<double>::epsilon();
/// Nearest rows of the class whose constraints are tried before all others.
constexpr std::size_t first_rows = 32;
/// Of them, those that refine a candidate's bound.
constexpr std::size_t refining_rows = 8;
/// And those that bound it before it is measured.
constexpr std::size_t unmeasured_rows = 6;
/// Violated rows found in a pass over the class that join them.
constexpr std::size_t joining_rows = 8;

/// Tells which rows may be as near to a mapped point as a squared distance, without measuring them.
class NearPoint {
 public:
  NearPoint(const geometry::PerturbedClassifier& classifier, const Vector& point, double squared)
      : filter_(classifier.index().filter()),
        point_(filter_.prepare(point.transpose())),
        distance_(std::sqrt(squared) * (1.0 + 1e-12)) {}
  [[nodiscard]] bool may_have(Index row) const { return filter_.distance_at_least(point_, 0, row) <= distance_; }

 private:
  const neighbors::DistanceFilter& filter_;
  neighbors::DistanceFilter::Queries point_;
  double distance_;
};

}  // namespace

CellSolution CellSearch::solve(QueryRows& rows, const std::optional<Box>& limits) {
  CellSolution solution;
  const std::span<const RowDistance> nearest = rows.nearest_of_class(first_rows);
  same_class_.assign(nearest.begin(), nearest.end());
  const double to_same_class = same_class_.empty() ? infinity : std::sqrt(same_class_.front().squared_distance);
  const double operator_norm = classifier_.dual_operator_norm(Norm::l2);
  waiting_.clear();
  unsettled_ = infinity;
  while (true) {
    // Rows of other classes join the queue while their distance alone does not put them behind its front.
    const double front = std::min(solution.radius, waiting_.empty() ? infinity : waiting_.front().bound);
    if (rows.next_other_class(QueryRows::within(front, to_same_class, operator_norm)) != nullptr) {
      const RowDistance other = rows.take_other_class();
      add({bound_unmeasured(other, 0, 1, rows), other.row, other.squared_distance, Stage::joined});
      continue;
    }
    if (waiting_.empty() || waiting_.front().bound >= solution.radius) {
      if (solution.kind == BoundKind::lower_bound) solution.radius = std::min(solution.radius, unsettled_);
      return solution;
    }
    std::pop_heap(waiting_.begin(), waiting_.end());
    Candidate candidate = waiting_.back();
    waiting_.pop_back();
    if (candidate.stage != Stage::refined) {
      add(advanced(candidate, to_same_class, rows));
      continue;
    }
    solve_against(candidate, rows, limits, Rounding::down, solution);
  }
}

void CellSearch::add(const Candidate& candidate) {
  waiting_.push_back(candidate);
  std::push_heap(waiting_.begin(), waiting_.end());
}

double CellSearch::bound_by_distance(double squared, double to_same_class) const {
  const double operator_norm = classifier_.dual_operator_norm(Norm::l2);
  return std::max(0.0, (std::sqrt(squared) - to_same_class) / (2.0 * operator_norm)) * (1.0 - 1e-9);
}

double CellSearch::bound_unmeasured(const RowDistance& other, std::size_t first, std::size_t last,
                                    const QueryRows& rows) const {
  const double operator_norm = classifier_.dual_operator_norm(Norm::l2);
  double bound = 0.0;
  for (std::size_t n = first; n < std::min(last, same_class_.size()); ++n) {
    bound = std::max(bound, rows.pair_bound_at_least(same_class_[n], other, operator_norm));
  }
  return bound;
}

CellSearch::Candidate CellSearch::advanced(Candidate candidate, double to_same_class, const QueryRows& rows) const {
  switch (candidate.stage) {
    case Stage::joined:
      candidate.bound = std::max(
          candidate.bound, bound_unmeasured({candidate.squared_distance, candidate.row}, 1, unmeasured_rows, rows));
      candidate.stage = Stage::bounded;
      break;
    case Stage::bounded:
      candidate.squared_distance = rows.distance_to(candidate.row);
      candidate.bound = bound_by_distance(candidate.squared_distance, to_same_class);
      candidate.bound = std::max(candidate.bound, pair_bounds(candidate, 0, 1, rows.scale()));
      candidate.stage = Stage::measured;
      break;
    case Stage::measured:
      candidate.bound = std::max(candidate.bound, pair_bounds(candidate, 1, refining_rows, rows.scale()));
      candidate.stage = Stage::refined;
      break;
    case Stage::refined: break;
  }
  return candidate;
}

CellSolution CellSearch::solve_rounded_up(const CellSolution& solution, QueryRows& rows,
                                          const std::optional<Box>& limits) {
  CellSolution further;
  further.radius = solution.radius * (1.0 + 1e-6);
  solve_against({solution.radius, solution.row, rows.distance_to(solution.row), Stage::refined}, rows, limits,
                Rounding::up, further);
  return further;
}

double CellSearch::pair_bounds(const Candidate& candidate, std::size_t first, std::size_t last, double scale) const {
  double bound = 0.0;
  for (std::size_t n = first; n < std::min(last, same_class_.size()); ++n) {
    const double needed =
        0.5 * classifier_.gap_rounded_down(candidate.squared_distance, same_class_[n].squared_distance, scale);
    if (!(needed > 0.0)) continue;
    const double length = dual_.distance(candidate.row, same_class_[n].row);
    // Where no perturbation tells the rows apart, the farther one stays so.
    bound = std::max(bound, length > 0.0 ? needed / length : infinity);
  }
  return bound;
}

void CellSearch::set_constraints(Index first, const Candidate& candidate, double scale, Rounding rounding) {
  const auto count = static_cast<Index>(same_class_.size());
  normals_.conservativeResize(count, dual_.dimension());
  offsets_.conservativeResize(count);
  lengths_.conservativeResize(count);
  for (Index at = first; at < count; ++at) {
    const RowDistance& passed = same_class_[static_cast<std::size_t>(at)];
    normals_.row(at) = dual_.rows().row(candidate.row) - dual_.rows().row(passed.row);
    lengths_[at] = linalg::length(normals_.row(at));
    const double gap = rounding == Rounding::up
                           ? -classifier_.gap_rounded_down(passed.squared_distance, candidate.squared_distance, scale)
                           : classifier_.gap_rounded_down(candidate.squared_distance, passed.squared_distance, scale);
    offsets_[at] = 0.5 * gap;
  }
}

void CellSearch::solve_against(const Candidate& candidate, QueryRows& rows, const std::optional<Box>& limits,
                               Rounding rounding, CellSolution& solution) {
  constexpr int most_steps = 100'000;
  set_constraints(0, candidate, rows.scale(), rounding);
  NearestPoint nearest(dual_.dimension());
  double at_least = 0.0;
  for (int step = 0; step < most_steps; ++step) {
    if (nearest.length() >= solution.radius) return;  // it only grows
    std::optional<HalfSpace> violated = most_violated_constraint(candidate, nearest);
    if (!violated && limits) violated = classifier_.most_violated_limit(*limits, nearest.point());
    if (violated) {
      const bool reached = nearest.add(violated->normal, violated->bound);
      at_least = reached ? nearest.length() : nearest.unreachable_below();
      if (!reached) break;
    } else if (!extend_by_missed(candidate, rows, nearest, rounding)) {
      solution = {nearest.length(), BoundKind::exact, nearest.point(), candidate.row};
      return;
    }
  }
  at_least = std::max(at_least, candidate.bound);
  if (at_least == infinity) return;
  unsettled_ = std::min(unsettled_, candidate.bound);
  if (at_least < solution.radius) solution = {at_least, BoundKind::lower_bound, Vector(), candidate.row};
}

std::optional<HalfSpace> CellSearch::most_violated_constraint(const Candidate& candidate,
                                                              const NearestPoint& nearest) const {
  const double length = nearest.length();
  const double gamma = static_cast<double>(dual_.dimension() + classifier_.map().rows() + 8) * unit_roundoff;
  const Vector products = normals_ * nearest.point();
  double worst = 0.0;
  Index enters = -1;
  for (Index at = 0; at < products.size(); ++at) {
    const double missing = offsets_[at] - products[at];
    const double error =
        gamma * (candidate.squared_distance + same_class_[static_cast<std::size_t>(at)].squared_distance +
                 2.0 * lengths_[at] * length);
    if (!(missing > error)) continue;
    const double depth = lengths_[at] > 0.0 ? missing / lengths_[at] : infinity;
    if (depth <= worst) continue;
    worst = depth;
    enters = at;
  }
  if (enters < 0) return std::nullopt;
  return HalfSpace{normals_.row(enters).transpose(), offsets_[enters]};
}

bool CellSearch::extend_by_missed(const Candidate& candidate, QueryRows& rows, const NearestPoint& nearest,
                                  Rounding rounding) {
  const Matrix& mapped = classifier_.mapped();
  const Vector move = dual_.mapped(nearest.point());
  const Vector point = Eigen::Map<const Vector>(rows.query(), mapped.cols()) + move;
  const double to_candidate = classifier_.squared_distance(point.data(), candidate.row);
  // Only rows this near to the query can be nearer to the point than the candidate is.
  const double reach = (std::sqrt(to_candidate) + move.norm()) * (1.0 + 1e-9);
  const double gamma = static_cast<double>(mapped.cols() + dual_.dimension() + 8) * unit_roundoff;
  const double error = 4.0 * gamma * (rows.scale() + move.norm());
  std::vector<RowDistance> missed;
  const NearPoint near(classifier_, point, to_candidate);
  for (const RowDistance& at : rows.same_class_within(reach * reach)) {
    if (at.squared_distance > reach * reach || !near.may_have(at.row)) continue;
    const double there = classifier_.squared_distance(point.data(), at.row);
    if (there < to_candidate - error * (std::sqrt(there) + std::sqrt(to_candidate))) missed.push_back({there, at.row});
  }
  std::ranges::sort(missed);
  std::size_t joined = 0;
  for (const RowDistance& at : missed) {
    if (joined == joining_rows) break;
    if (std::ranges::find(same_class_, at.row, &RowDistance::row) != same_class_.end()) continue;
    same_class_.push_back({rows.distance_to(at.row), at.row});
    ++joined;
  }
  if (joined == 0) return false;
  set_constraints(static_cast<Index>(same_class_.size() - joined), candidate, rows.scale(), rounding);
  return true;
}

bool CellSearch::is_nearest_at(QueryRows& rows, const Vector& point, Index row) const {
  const double to_row = classifier_.squared_distance(point.data(), row);
  const double move = (point - Eigen::Map<const Vector>(rows.query(), point.size())).norm();
  const double reach = (std::sqrt(to_row) + move) * (1.0 + 1e-9);
  const NearPoint near(classifier_, point, to_row);
  for (const RowDistance& at : rows.same_class_within(reach * reach)) {
    if (at.squared_distance > reach * reach || !near.may_have(at.row)) continue;
    if (classifier_.squared_distance(point.data(), at.row) <= to_row) return false;
  }
  return true;
}

}  // namespace holdfast::certify
