#include "holdfast/objectives/mlkr_objective.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "reference/gradient_check.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::objectives {
namespace {

class MlkrObjectiveTest : public testing::Test {
 protected:
  Matrix x = reference::random_normal(70, 4, 1);
  Vector y = x.col(0).array().sin() + 3.0 * x.col(2).array();
  MlkrObjective objective{x, y};
  Matrix map = 0.6 * reference::random_normal(3, 4, 2);
  std::vector<Index> some = {3, 60, 17, 3};

  /// By the definition, over all anchors given.
  [[nodiscard]] double error(const std::vector<Index>& anchors) const {
    double sum = 0.0;
    for (const Index i : anchors) {
      double weights = 0.0;
      double weighted = 0.0;
      for (Index j = 0; j < x.rows(); ++j) {
        if (j == i) continue;
        const double weight = std::exp(-((x.row(i) - x.row(j)) * map.transpose()).squaredNorm());
        weights += weight;
        weighted += weight * y[j];
      }
      sum += std::pow(y[i] - weighted / weights, 2);
    }
    return sum / static_cast<double>(anchors.size());
  }
};

TEST_F(MlkrObjectiveTest, ValueEqualsTheDefinition) {
  std::vector<Index> everyone;
  for (Index row = 0; row < x.rows(); ++row) everyone.push_back(row);
  Matrix unused;
  EXPECT_NEAR(objective.value_and_gradient_at_map(map, some, unused), error(some), reference::rounding);
  EXPECT_NEAR(objective.value_and_gradient_at_map(map, unused), error(everyone), reference::rounding);
}

TEST_F(MlkrObjectiveTest, GradientEqualsCentralDifferences) {
  Matrix gradient;
  objective.value_and_gradient_at_map(map, gradient);
  const auto at = [&](const Matrix& l) {
    Matrix unused;
    return objective.value_and_gradient_at_map(l, unused);
  };
  EXPECT_LT(reference::gradient_error(at, map, 2.0 * map * gradient), reference::gradients);
  EXPECT_GT(reference::gradient_error(at, map, 2.1 * map * gradient), reference::wrong_gradients);
}

}  // namespace
}  // namespace holdfast::objectives
