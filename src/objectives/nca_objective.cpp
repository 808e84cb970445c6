#include "holdfast/objectives/nca_objective.hpp"

#include <numeric>

#include "holdfast/core/dataset.hpp"

namespace holdfast::objectives {
namespace {

/// The rows of a class after those of the class before, codes ascending.
std::vector<Index> class_order(const std::vector<int>& codes) {
  std::vector<Index> order;
  for (const std::vector<Index>& rows : class_rows(codes)) order.insert(order.end(), rows.begin(), rows.end());
  return order;
}

}  // namespace

NcaObjective::NcaObjective(const Matrix& x, const std::vector<int>& codes, const Vector& weights)
    : neighbors_(select_rows(x, class_order(codes))),
      place_of_(codes.size()),
      class_of_(codes.size()),
      weights_(Vector::Ones(x.rows())) {
  Index at = 0;
  for (const std::vector<Index>& rows : class_rows(codes)) {
    const RowRange members{at, static_cast<Index>(rows.size())};
    for (const Index row : rows) {
      if (weights.size() > 0) weights_[at] = weights[row];
      class_of_[static_cast<std::size_t>(at)] = members;
      place_of_[static_cast<std::size_t>(row)] = at++;
    }
  }
}

double NcaObjective::value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const {
  std::vector<Index> everyone(place_of_.size());
  std::iota(everyone.begin(), everyone.end(), Index{0});
  return value_and_gradient_at_map(map, everyone, gradient);
}

double NcaObjective::value_and_gradient_at_map(const MatrixView& map, std::span<const Index> anchors,
                                               Matrix& gradient) const {
  std::vector<Index> places;
  places.reserve(anchors.size());
  for (const Index anchor : anchors) places.push_back(place_of_[static_cast<std::size_t>(anchor)]);
  const AnchorShares shares(places, weights_);
  const auto weigh = [&](Index place, Eigen::Ref<RowVector> row) {
    const double share = shares.of(place);
    const auto [begin, size] = class_of_[static_cast<std::size_t>(place)];
    auto same_class = row.segment(begin, size);
    const double p = same_class.sum();
    // share p_ik ([k of i's class] - p_i); they sum to zero over k.
    same_class *= share * (1.0 - p);
    row.head(begin) *= -share * p;
    row.tail(row.size() - begin - size) *= -share * p;
    return share * (1.0 - p);
  };
  return neighbors_.value_and_gradient_at_map(map, places, weigh, gradient);
}

}  // namespace holdfast::objectives
