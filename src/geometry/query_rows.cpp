#include "holdfast/geometry/query_rows.hpp"

#include <algorithm>
#include <cmath>

#include "holdfast/linalg/row_distance.hpp"

namespace holdfast::geometry {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
/// Panels opened first, and the factor by which their number grows.
constexpr std::size_t first_panels = 32;
constexpr std::size_t growth = 2;

}  // namespace

std::vector<Index> class_sizes(const PerturbedClassifier& classifier) {
  std::vector<Index> sizes;
  for (const int code : classifier.codes()) {
    const auto at = static_cast<std::size_t>(code);
    if (at >= sizes.size()) sizes.resize(at + 1, 0);
    ++sizes[at];
  }
  return sizes;
}

bool NearestFirst::Waiting::operator<(const Waiting& other) const {
  if (squared_distance != other.squared_distance) return squared_distance > other.squared_distance;
  if (is_measured != other.is_measured) return is_measured;
  return row > other.row;
}

void NearestFirst::clear() {
  waiting_.clear();
  found_.clear();
}

void NearestFirst::add(double at_least, Index row) {
  waiting_.push_back({at_least, row, false});
  std::ranges::push_heap(waiting_, std::less<>());
}

template <class DistanceTo>
bool NearestFirst::advance(double beyond, DistanceTo&& distance_to) {
  while (front() < beyond) {
    std::ranges::pop_heap(waiting_, std::less<>());
    Waiting& nearest = waiting_.back();
    if (nearest.is_measured) {
      found_.push_back({nearest.squared_distance, nearest.row});
      waiting_.pop_back();
      return true;
    }
    nearest = {distance_to(nearest.row), nearest.row, true};
    std::ranges::push_heap(waiting_, std::less<>());
  }
  return false;
}

void QueryRows::take(const double* query, const neighbors::DistanceFilter::Scores& scores, Index at, int label,
                     Index left_out) {
  query_ = query;
  scores_ = scores.all.row(at).data();
  shift_ = scores.shifts[at];
  label_ = label;
  left_out_ = left_out;
  scale_ = classifier_.longest_row() + std::sqrt(linalg::squared_length(query, classifier_.mapped().cols()));
  const auto own = static_cast<std::size_t>(label) < class_sizes_.size() ? class_sizes_[static_cast<std::size_t>(label)] : 0;
  const bool own_left_out = left_out >= 0 && classifier_.code(left_out) == label;
  same_class_size_ = static_cast<std::size_t>(own - (own_left_out ? 1 : 0));
  other_class_size_ = static_cast<std::size_t>(classifier_.size() - (left_out >= 0 ? 1 : 0)) - same_class_size_;
  others_taken_ = 0;
  panels_.clear();
  for (Index panel = 0; panel < scores.least.cols(); ++panel) panels_.push_back({scores.least(at, panel), panel});
  opened_ = 0;
  collected_ = -infinity;
  same_class_bounds_.clear();
  same_class_.clear();
  other_class_.clear();
}

void QueryRows::collect_more() {
  const std::size_t target = std::max(first_panels, growth * opened_);
  if (target >= panels_.size()) return collect_to(std::numeric_limits<float>::max());
  const auto last = panels_.begin() + static_cast<std::ptrdiff_t>(target) - 1;
  std::ranges::nth_element(panels_.begin() + static_cast<std::ptrdiff_t>(opened_), last, panels_.end(), {},
                           &Panel::least);
  collect_to(last->least);
}

void QueryRows::collect_to(float score) {
  const auto beyond = std::partition(panels_.begin() + static_cast<std::ptrdiff_t>(opened_), panels_.end(),
                                     [=](const Panel& panel) { return panel.least <= score; });
  opened_ = static_cast<std::size_t>(beyond - panels_.begin());
  const neighbors::DistanceFilter& filter = classifier_.index().filter();
  const Index width = filter.panel_width();
  for (const Panel& panel : std::span(panels_).first(opened_)) {
    const float* const scores = scores_ + panel.number * width;
    for (Index column = 0; column < width; ++column) {
      if (!(scores[column] > collected_ && scores[column] <= score)) continue;
      const Index row = panel.number * width + column;
      if (row == left_out_) continue;
      const double at_least = filter.at_least(scores[column], shift_);
      if (classifier_.code(row) == label_) {
        same_class_bounds_.push_back({at_least, row});
        same_class_.add(at_least, row);
      } else {
        other_class_.add(at_least, row);
      }
    }
  }
  collected_ = score;
}

const RowDistance& QueryRows::nth(NearestFirst& rows, std::size_t n) {
  const neighbors::DistanceFilter& filter = classifier_.index().filter();
  while (rows.found().size() <= n) {
    const bool is_all = opened_ == panels_.size();
    const double beyond =
        is_all ? std::numeric_limits<double>::infinity() : filter.at_least(collected_, shift_);
    if (!rows.advance(beyond, [this](Index row) { return distance_to(row); })) collect_more();
  }
  return rows.found()[n];
}

const RowDistance& QueryRows::same_class(std::size_t n) { return nth(same_class_, n); }

std::span<const RowDistance> QueryRows::nearest_of_class(std::size_t count) {
  count = std::min(count, same_class_size_);
  if (count > 0) nth(same_class_, count - 1);
  return std::span(same_class_.found()).first(count);
}

std::span<const RowDistance> QueryRows::same_class_within(double squared) {
  const float score = classifier_.index().filter().score_above(squared, shift_);
  if (score > collected_) collect_to(std::min(score, std::numeric_limits<float>::max()));
  return same_class_bounds_;
}

const RowDistance& QueryRows::nearest_other_class() { return nth(other_class_, others_taken_); }

RowDistance QueryRows::take_nearest_other_class() {
  const RowDistance nearest = nearest_other_class();
  ++others_taken_;
  return nearest;
}

}  // namespace holdfast::geometry
