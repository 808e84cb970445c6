#include "neighbors/group_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "holdfast/linalg/row_distance.hpp"

namespace holdfast::neighbors {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr float float_infinity = std::numeric_limits<float>::infinity();

}  // namespace

GroupSearch::GroupSearch(const RowGroups& groups, std::span<const Index> queries, Index k, ClusteredIndex::Among among,
                         double reach)
    : groups_(groups),
      queries_(queries),
      k_(static_cast<std::size_t>(k)),
      among_(among),
      reach_(reach),
      slack_(groups.slack()),
      block_(static_cast<Index>(queries.size()), groups.rows.cols()),
      begin_(0),
      end_(static_cast<Index>(groups.groups.size())),
      lists_(queries.size(), CandidateList<double>(k_ + spare_candidates)),
      pass_over_(queries.size(), infinity),
      error_(queries.size(), 0.0) {
  for (std::size_t i = 0; i < queries_.size(); ++i) {
    const auto group = static_cast<std::size_t>(groups_.group_of[static_cast<std::size_t>(queries_[i])]);
    part_.push_back(groups_.groups[group].part);
    block_.row(static_cast<Index>(i)) = groups_.rows.row(queries_[i]);
  }
  if (among_ == ClusteredIndex::Among::own_part && !part_.empty()) {
    const auto [first, last] = std::ranges::minmax(part_);
    const PartOfGroups& at_end = groups_.parts[static_cast<std::size_t>(last)];
    begin_ = groups_.parts[static_cast<std::size_t>(first)].begin;
    end_ = at_end.begin + at_end.count;
  }
  to_centres_ = groups_.to_centres(begin_, end_, block_.rowwise() - groups_.mean);
  find_nearest_centres();
}

bool GroupSearch::is_searched(Index part, Index i) const {
  if (among_ == ClusteredIndex::Among::all) return true;
  return (part == part_[static_cast<std::size_t>(i)]) == (among_ == ClusteredIndex::Among::own_part);
}

void GroupSearch::find_nearest_centres() {
  const auto count = static_cast<Index>(queries_.size());
  const std::size_t size = groups_.parts.size() * queries_.size();
  nearest_.assign(size, 0);
  to_nearest_.assign(size, infinity);
  for (Index group = begin_; group < end_; ++group) {
    const Index part = groups_.groups[static_cast<std::size_t>(group)].part;
    const auto number = static_cast<std::int32_t>(group - groups_.parts[static_cast<std::size_t>(part)].begin);
    const double* to = &to_centres_.coeffRef(group - begin_, 0);
    double* least = to_nearest_.data() + part * count;
    std::int32_t* nearest = nearest_.data() + part * count;
    for (Index i = 0; i < count; ++i) {
      if (!(to[i] < least[i])) continue;
      least[i] = to[i];
      nearest[i] = number;
    }
  }
}

double GroupSearch::bound(Index group, Index i) const {
  const RowGroup& own = groups_.groups[static_cast<std::size_t>(group)];
  const PartOfGroups& part = groups_.parts[static_cast<std::size_t>(own.part)];
  const auto at = static_cast<std::size_t>(own.part) * queries_.size() + static_cast<std::size_t>(i);
  const double to_group = to_centres_(group - begin_, i);
  const double gap = part.half_inverse_gaps(group - part.begin, nearest_[at]);
  return std::max({plane_bound(to_group, to_nearest_[at], gap, slack_), ball_bound(to_group, own.radius, slack_), 0.0});
}

std::vector<Index> GroupSearch::groups_by_distance() const {
  std::vector<Index> order(static_cast<std::size_t>(end_ - begin_));
  std::iota(order.begin(), order.end(), begin_);
  const Vector sums = to_centres_.rowwise().sum();
  std::ranges::sort(order,
                    [&](Index a, Index b) { return std::pair(sums[a - begin_], a) < std::pair(sums[b - begin_], b); });
  return order;
}

void GroupSearch::find_members(Index group) {
  members_.clear();
  const RowGroup& own = groups_.groups[static_cast<std::size_t>(group)];
  if (own.count == 0) return;
  const PartOfGroups& part = groups_.parts[static_cast<std::size_t>(own.part)];
  const auto count = static_cast<Index>(queries_.size());
  const double* to = &to_centres_.coeffRef(group - begin_, 0);
  const double* to_nearest = to_nearest_.data() + own.part * count;
  const std::int32_t* nearest = nearest_.data() + own.part * count;
  const double* gaps = &part.half_inverse_gaps.coeffRef(group - part.begin, 0);
  for (Index i = 0; i < count; ++i) {
    const double limit = pass_over_[static_cast<std::size_t>(i)];
    if (plane_bound(to[i], to_nearest[i], gaps[nearest[i]], slack_) > limit || !is_searched(own.part, i)) continue;
    if (ball_bound(to[i], own.radius, slack_) > limit) continue;
    members_.push_back(i);
  }
}

void GroupSearch::run(std::span<const Index> places, Neighbors& result) {
  for (const Index group : groups_by_distance()) {
    find_members(group);
    if (!members_.empty()) scan(group);
  }
  for (std::size_t i = 0; i < queries_.size(); ++i) settle(static_cast<Index>(i), places[i], result);
}

void GroupSearch::tighten(std::size_t member) {
  const auto i = static_cast<std::size_t>(members_[member]);
  // Of a score: half the difference to the squared distance from the centre.
  const double limit = 0.5 * ((lists_[i].bound() + error_[i]) * groups_.unit * groups_.unit - squares_[member]);
  bounds_[member] = std::nextafter(static_cast<float>(limit), float_infinity);
}

void GroupSearch::prepare_scan(const RowGroup& group, const RowVector& centre) {
  const linalg::PanelKernel<float>& kernel = groups_.kernel;
  const Index d = groups_.rows.cols();
  const auto count = static_cast<Index>(members_.size());
  const Index padded = (count + kernel.row_tile - 1) / kernel.row_tile * kernel.row_tile;
  residuals_.setZero(padded, d);
  squares_.resize(members_.size());
  changed_.assign(members_.size(), 0);
  // Rows that only pad the last tile have a bound that nothing passes.
  bounds_.assign(static_cast<std::size_t>(padded), -float_infinity);
  hits_.resize(static_cast<std::size_t>(padded * kernel.panel_width));
  RowVector residual(d);
  for (std::size_t m = 0; m < members_.size(); ++m) {
    residual = groups_.unit * (block_.row(members_[m]) - centre);
    residuals_.row(static_cast<Index>(m)) = residual.cast<float>();
    squares_[m] = residual.squaredNorm();
    // Rounding of the product over d terms, of the residuals and of the bias, each relative to the norms involved.
    const double norms = std::sqrt(squares_[m]) + groups_.unit * group.radius;
    constexpr double unit_of_rounding = static_cast<double>(std::numeric_limits<float>::epsilon());
    const double rounding = 2.0 * static_cast<double>(d + 8) * unit_of_rounding * (norms * norms + 1e-30);
    double& error = error_[static_cast<std::size_t>(members_[m])];
    error = std::max(error, rounding / (groups_.unit * groups_.unit));
    tighten(m);
  }
}

void GroupSearch::scan(Index number) {
  const RowGroup& group = groups_.groups[static_cast<std::size_t>(number)];
  const linalg::PanelKernel<float>& kernel = groups_.kernel;
  const Index d = groups_.rows.cols();
  const Index width = kernel.panel_width;
  const double inverse_scale = 1.0 / (groups_.unit * groups_.unit);
  prepare_scan(group, groups_.centres.row(number) + groups_.mean);
  for (Index panel = 0; panel * width < group.count; ++panel) {
    const Index at = group.first_panel + panel;
    const std::int64_t found =
        kernel.scan(residuals_.data(), residuals_.rows(), d, groups_.panels.data() + at * d * width,
                    groups_.bias.data() + at * width, bounds_.data(), hits_.data());
    for (const linalg::Hit<float>& hit : std::span(hits_.data(), static_cast<std::size_t>(found))) {
      const auto m = static_cast<std::size_t>(hit.row);
      const auto i = static_cast<std::size_t>(members_[m]);
      const std::int32_t row = groups_.order[static_cast<std::size_t>(group.begin + panel * width + hit.column)];
      if (row == queries_[i]) continue;
      const double before = lists_[i].bound();
      lists_[i].add((2.0 * static_cast<double>(hit.score) + squares_[m]) * inverse_scale, row);
      changed_[m] = 1;
      if (lists_[i].bound() < before) tighten(m);
    }
  }
  for (std::size_t m = 0; m < members_.size(); ++m) {
    if (changed_[m] == 0) continue;
    const auto i = static_cast<std::size_t>(members_[m]);
    const double farthest = lists_[i].best(k_) + error_[i];
    pass_over_[i] = std::isinf(farthest) ? infinity : std::sqrt(reach_ * std::max(farthest, 0.0));
  }
}

Candidate<double> GroupSearch::measure(Index i, Index row) const {
  return {linalg::squared_distance(block_.row(i).data(), groups_.rows.row(row).data(), groups_.rows.cols()),
          static_cast<std::int32_t>(row)};
}

void GroupSearch::settle(Index i, Index place, Neighbors& result) {
  CandidateList<double>& list = lists_[static_cast<std::size_t>(i)];
  std::vector<Candidate<double>> exact;
  for (const Candidate<double>& candidate : list.finish()) exact.push_back(measure(i, candidate.row));
  const auto sort_nearest = [&] {
    std::ranges::partial_sort(exact, exact.begin() + static_cast<std::ptrdiff_t>(std::min(k_, exact.size())));
  };
  sort_nearest();
  const double farthest = exact.size() < k_ ? infinity : exact[k_ - 1].value;
  // No row that was scanned and not kept is nearer than this. A smaller reach has given up more.
  const double outside = list.bound() - error_[static_cast<std::size_t>(i)];
  if (reach_ >= 1.0 && !std::isinf(list.bound()) && !(outside > farthest)) {
    exact = all_within(i, farthest);
    sort_nearest();
  }
  for (std::size_t at = 0; at < k_; ++at) {
    const bool found = at < exact.size();
    result.rows(place, static_cast<Index>(at)) = found ? exact[at].row : -1;
    result.squared_distances(place, static_cast<Index>(at)) = found ? exact[at].value : infinity;
  }
}

std::vector<Candidate<double>> GroupSearch::all_within(Index i, double farthest) const {
  std::vector<Candidate<double>> exact;
  for (Index number = begin_; number < end_; ++number) {
    const RowGroup& group = groups_.groups[static_cast<std::size_t>(number)];
    if (!is_searched(group.part, i) || bound(number, i) > std::sqrt(farthest)) continue;
    for (Index at = group.begin; at < group.begin + group.count; ++at) {
      const std::int32_t row = groups_.order[static_cast<std::size_t>(at)];
      if (row == queries_[static_cast<std::size_t>(i)]) continue;
      const Candidate<double> candidate = measure(i, row);
      if (candidate.value <= farthest) exact.push_back(candidate);
    }
  }
  return exact;
}

double GroupSearch::share_scanned(Index i, double kth_squared, double reach) const {
  const double limit = std::sqrt(reach * kth_squared);
  Index scanned = 0;
  Index all = 0;
  for (Index group = begin_; group < end_; ++group) {
    const RowGroup& own = groups_.groups[static_cast<std::size_t>(group)];
    if (!is_searched(own.part, i)) continue;
    all += own.count;
    if (bound(group, i) <= limit) scanned += own.count;
  }
  return all > 0 ? static_cast<double>(scanned) / static_cast<double>(all) : 0.0;
}

double GroupSearch::reach_needed(Index i, Index row, double kth_squared) const {
  const double least = bound(groups_.group_of[static_cast<std::size_t>(row)], i);
  return least > 0.0 ? least * least / kth_squared : 0.0;
}

}  // namespace holdfast::neighbors
