#include "holdfast/objectives/nca_objective.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "holdfast/core/parallel.hpp"
#include "reference/gradient_check.hpp"
#include "reference/labelled_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::objectives {
namespace {

/// By the definition, over all anchors given.
double nca(const Matrix& m, const Matrix& x, const std::vector<int>& codes, const std::vector<Index>& anchors) {
  double value = 0.0;
  for (const Index i : anchors) {
    double all = 0.0;
    double own = 0.0;
    for (Index j = 0; j < x.rows(); ++j) {
      if (j == i) continue;
      const RowVector difference = x.row(i) - x.row(j);
      const double weight = std::exp(-(difference * m * difference.transpose()).value());
      all += weight;
      if (codes[static_cast<std::size_t>(i)] == codes[static_cast<std::size_t>(j)]) own += weight;
    }
    value += 1.0 - own / all;
  }
  return value / static_cast<double>(anchors.size());
}

class NcaObjectiveTest : public testing::Test {
 protected:
  Dataset data = reference::clouds(150, 4, 3, 1);
  NcaObjective objective{data.x, data.labels->codes};
  Matrix map = 0.4 * reference::random_normal(3, 4, 2);
  std::vector<Index> everyone = [] {
    std::vector<Index> rows(150);
    std::iota(rows.begin(), rows.end(), Index{0});
    return rows;
  }();
  std::vector<Index> some = {3, 99, 17, 3, 140};
};

TEST_F(NcaObjectiveTest, ValueEqualsTheDefinition) {
  Matrix gradient;
  for (const std::vector<Index>& anchors : {everyone, some}) {
    EXPECT_NEAR(objective.value_and_gradient_at_map(map, anchors, gradient),
                nca(map.transpose() * map, data.x, data.labels->codes, anchors), reference::few_operations);
  }
}

TEST_F(NcaObjectiveTest, GradientEqualsCentralDifferences) {
  for (const std::vector<Index>& anchors : {everyone, some}) {
    Matrix gradient;
    objective.value_and_gradient_at_map(map, anchors, gradient);
    const auto at = [&](const Matrix& l) {
      Matrix unused;
      return objective.value_and_gradient_at_map(l, anchors, unused);
    };
    EXPECT_LT(reference::gradient_error(at, map, 2.0 * map * gradient), reference::gradients);
    EXPECT_GT(reference::gradient_error(at, map, 2.1 * map * gradient), reference::wrong_gradients);
    EXPECT_LT((gradient - gradient.transpose()).norm(), reference::few_operations);
  }
}

TEST_F(NcaObjectiveTest, WeightsOfRowsAreThoseOfTheMeanOverAnchors) {
  Vector weights = Vector::Ones(150);
  weights[3] = 2.5;
  weights[99] = 0.0;
  Matrix unused;
  const NcaObjective weighted(data.x, data.labels->codes, weights);
  double expected = 0.0;
  for (const Index i : everyone) expected += weights[i] * nca(map.transpose() * map, data.x, data.labels->codes, {i});
  EXPECT_NEAR(weighted.value_and_gradient_at_map(map, unused), expected / weights.sum(), reference::few_operations);
  const auto at = [&](const Matrix& l) { return weighted.value_and_gradient_at_map(l, some, unused); };
  Matrix gradient;
  weighted.value_and_gradient_at_map(map, some, gradient);
  EXPECT_LT(reference::gradient_error(at, map, 2.0 * map * gradient), reference::gradients);
}

TEST_F(NcaObjectiveTest, HasTheSameBitsForAnyNumberOfThreads) {
  const int before = thread_count();
  Matrix one;
  Matrix four;
  set_thread_count(1);
  const double value = objective.value_and_gradient_at_map(map, everyone, one);
  set_thread_count(4);
  EXPECT_EQ(objective.value_and_gradient_at_map(map, everyone, four), value);
  EXPECT_EQ(one, four);
  set_thread_count(before);
}

TEST_F(NcaObjectiveTest, FarRowsAndLonelyClassesAreFinite) {
  Matrix gradient;
  EXPECT_TRUE(std::isfinite(objective.value_and_gradient_at_map(1e4 * map, everyone, gradient)));
  EXPECT_TRUE(gradient.allFinite());
  std::vector<int> codes = data.labels->codes;
  codes[5] = 7;
  const std::vector<Index> lonely = {5};
  EXPECT_EQ(NcaObjective(data.x, codes).value_and_gradient_at_map(map, lonely, gradient), 1.0);
  EXPECT_LT(reference::largest_entry(gradient), std::numeric_limits<double>::min());
}

}  // namespace
}  // namespace holdfast::objectives
