#include "holdfast/geometry/query_rows.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "holdfast/linalg/row_distance.hpp"

namespace holdfast::geometry {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float everything = std::numeric_limits<float>::max();
/// Panels opened first, and the factor by which their number grows.
constexpr std::size_t first_panels = 32;
constexpr std::size_t growth = 2;
/// Rows are collected within this multiple of the squared distance asked for: the next call often asks for a little
/// more.
constexpr double spare_reach = 1.05;

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
  if (at.squared_distance != other.at.squared_distance) return at.squared_distance > other.at.squared_distance;
  if (is_measured != other.is_measured) return is_measured;
  return at.row > other.at.row;
}

void NearestFirst::add(const RowDistance& at_least) {
  waiting_.push_back({at_least, false});
  std::ranges::push_heap(waiting_, std::less<>());
}

const RowDistance* NearestFirst::front(double beyond) const {
  return !waiting_.empty() && waiting_.front().at.squared_distance < beyond ? &waiting_.front().at : nullptr;
}

template <class Measure>
const RowDistance* NearestFirst::front(double beyond, Measure&& measure) {
  while (const RowDistance* const nearest = front(beyond)) {
    if (waiting_.front().is_measured) return nearest;
    std::ranges::pop_heap(waiting_, std::less<>());
    Waiting& last = waiting_.back();
    last = {{measure(last.at.row), last.at.row}, true};
    std::ranges::push_heap(waiting_, std::less<>());
  }
  return nullptr;
}

RowDistance NearestFirst::take() {
  std::ranges::pop_heap(waiting_, std::less<>());
  const RowDistance taken = waiting_.back().at;
  waiting_.pop_back();
  return taken;
}

void QueryRows::take(const double* query, const neighbors::DistanceFilter::Scores& scores, Index at, int label,
                     Index left_out) {
  query_ = query;
  scores_ = scores.all.row(at).data();
  shift_ = scores.shifts[at];
  label_ = label;
  left_out_ = left_out;
  scale_ = classifier_.longest_row() + std::sqrt(linalg::squared_length(query, classifier_.mapped().cols()));
  const auto code = static_cast<std::size_t>(label);
  const Index own = code < class_sizes_.size() ? class_sizes_[code] : 0;
  const bool own_left_out = left_out >= 0 && classifier_.code(left_out) == label;
  same_class_size_ = static_cast<std::size_t>(own - (own_left_out ? 1 : 0));
  other_class_left_ = static_cast<std::size_t>(classifier_.size() - (left_out >= 0 ? 1 : 0)) - same_class_size_;
  panels_.clear();
  for (Index panel = 0; panel < scores.least.cols(); ++panel) panels_.push_back({scores.least(at, panel), panel});
  next_panels_ = first_panels;
  collected_ = -infinity;
  same_class_bounds_.clear();
  same_class_waiting_.clear();
  same_class_.clear();
  other_class_.clear();
}

void QueryRows::collect_more(double within) {
  const std::size_t target = std::min(next_panels_, panels_.size());
  next_panels_ = target * growth;
  const auto last = panels_.begin() + static_cast<std::ptrdiff_t>(target) - 1;
  std::ranges::nth_element(panels_, last, {}, &Panel::least);
  collect_to(std::min(last->least, limit(within)));
}

float QueryRows::limit(double within) const { return filter_.score_above(spare_reach * within, shift_); }

void QueryRows::collect_to(float score) {
  score = std::min(score, everything);
  for (Panel& panel : panels_) {
    if (panel.least <= score) collect(panel, score);
  }
  collected_ = score;
}

void QueryRows::collect(Panel& panel, float score) {
  const Index first = panel.number * filter_.panel_width();
  linalg::Selected<float> selected = filter_.select(scores_ + first, collected_, score);
  panel.least = selected.least_above;
  for (; selected.columns != 0; selected.columns &= selected.columns - 1) {
    const Index row = first + std::countr_zero(selected.columns);
    if (row == left_out_) continue;
    const RowDistance at_least{filter_.at_least(scores_[row], shift_), row};
    if (classifier_.code(row) == label_) {
      same_class_bounds_.push_back(at_least);
      same_class_waiting_.add(at_least);
    } else {
      other_class_.add(at_least);
    }
  }
}

template <class Front>
const RowDistance* QueryRows::find(double within, Front&& front) {
  while (true) {
    // Rows that are not collected are beyond `within`, or at least beyond what the front may be below.
    const bool has_all = collected_ == everything || collected_ >= filter_.score_above(within, shift_);
    const double beyond = has_all ? everywhere : filter_.at_least(collected_, shift_);
    if (const RowDistance* const found = front(beyond)) return found->squared_distance <= within ? found : nullptr;
    if (has_all) return nullptr;
    collect_more(within);
  }
}

const RowDistance* QueryRows::same_class(std::size_t n, double within) {
  while (same_class_.size() <= n) {
    const auto measure = [this](Index row) { return distance_to(row); };
    if (!find(within, [&](double beyond) { return same_class_waiting_.front(beyond, measure); })) return nullptr;
    same_class_.push_back(same_class_waiting_.take());
  }
  return same_class_[n].squared_distance <= within ? &same_class_[n] : nullptr;
}

std::span<const RowDistance> QueryRows::nearest_of_class(std::size_t count) {
  if (count = std::min(count, same_class_size_); count > 0) (void)same_class(count - 1);
  return std::span(same_class_).first(std::min(count, same_class_.size()));
}

std::span<const RowDistance> QueryRows::same_class_within(double within) {
  if (filter_.score_above(within, shift_) > collected_) collect_to(limit(within));
  return same_class_bounds_;
}

const RowDistance* QueryRows::nearest_other_class(double within) {
  const auto measure = [this](Index row) { return distance_to(row); };
  return find(within, [&](double beyond) { return other_class_.front(beyond, measure); });
}

const RowDistance* QueryRows::next_other_class(double within) {
  return find(within, [&](double beyond) { return other_class_.front(beyond); });
}

RowDistance QueryRows::take_other_class() {
  --other_class_left_;
  return other_class_.take();
}

double QueryRows::pair_bound_at_least(const RowDistance& same, const RowDistance& other, double operator_norm) const {
  const double gap = classifier_.gap_rounded_down(other.squared_distance, same.squared_distance, scale_);
  if (!(gap > 0.0)) return 0.0;
  return 0.5 * gap / (operator_norm * filter_.distance_at_most(same.row, other.row)) * (1.0 - 1e-9);
}

}  // namespace holdfast::geometry
