#include "holdfast/geometry/query_rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "holdfast/linalg/row_distance.hpp"

namespace holdfast::geometry {
namespace {

bool is_farther(const RowDistance& a, const RowDistance& b) {
  return b < a;
}

}  // namespace

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
  std::sort(same_class_.begin(), same_class_.end());
  std::make_heap(other_class_.begin(), other_class_.end(), is_farther);
}

RowDistance QueryRows::take_nearest_other_class() {
  std::pop_heap(other_class_.begin(), other_class_.end(), is_farther);
  const RowDistance nearest = other_class_.back();
  other_class_.pop_back();
  return nearest;
}

double QueryRows::distance_to(Index row) const {
  const Matrix& mapped = classifier_.mapped();
  return linalg::squared_distance(query_, mapped.row(row).data(), mapped.cols());
}

}  // namespace holdfast::geometry
