#include "holdfast/objectives/mlkr_objective.hpp"

#include <numeric>

namespace holdfast::objectives {

double MlkrObjective::value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const {
  std::vector<Index> everyone(static_cast<std::size_t>(targets_.size()));
  std::iota(everyone.begin(), everyone.end(), Index{0});
  return value_and_gradient_at_map(map, everyone, gradient);
}

double MlkrObjective::value_and_gradient_at_map(const MatrixView& map, std::span<const Index> anchors,
                                                Matrix& gradient) const {
  const double share = 1.0 / static_cast<double>(anchors.size());
  const auto weigh = [&](Index row, Eigen::Ref<RowVector> p) {
    const double predicted = p.dot(targets_);
    const double error = predicted - targets_[row];
    // dY_i / dD2(x_i, x_k) = p_ik (Y_i - y_k)
    p.array() *= 2.0 * share * error * (predicted - targets_.transpose().array());
    return share * error * error;
  };
  return neighbors_.value_and_gradient_at_map(map, anchors, weigh, gradient);
}

}  // namespace holdfast::objectives
