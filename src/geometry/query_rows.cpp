#include "holdfast/geometry/query_rows.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "holdfast/linalg/row_distance.hpp"

namespace holdfast::geometry {

void QueryRows::take(const double* query, const double* products, int label, Index left_out) {
  const Index r = classifier_.mapped().cols();
  query_ = query;
  same_class_.clear();
  other_class_.clear();
  const double length = std::sqrt(linalg::squared_length(query, r));
  scale_ = classifier_.longest_row() + length;
  error_ = static_cast<double>(2 * r + 16) * std::numeric_limits<double>::epsilon() * scale_ * scale_;
  for (Index row = 0; row < classifier_.size(); ++row) {
    if (row == left_out) continue;
    const double squared = std::max(0.0, length * length + squared_lengths_[row] - 2.0 * products[row]);
    (classifier_.code(row) == label ? same_class_ : other_class_).push_back({squared, row});
  }
  std::ranges::sort(same_class_);
  std::ranges::make_heap(other_class_, std::ranges::greater());
}

RowDistance QueryRows::take_nearest_other_class() {
  std::ranges::pop_heap(other_class_, std::ranges::greater());
  const RowDistance nearest = other_class_.back();
  other_class_.pop_back();
  return nearest;
}

std::vector<RowDistance> QueryRows::nearest_of_class(std::size_t count) const {
  std::vector<RowDistance> nearest(
      same_class_.begin(), same_class_.begin() + static_cast<std::ptrdiff_t>(std::min(count, same_class_.size())));
  for (RowDistance& at : nearest) at.squared_distance = distance_to(at.row);
  return nearest;
}

}  // namespace holdfast::geometry
