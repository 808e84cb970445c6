#include "holdfast/objectives/near_nca_objective.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "holdfast/core/parallel.hpp"
#include "holdfast/neighbors/exact_index.hpp"
#include "holdfast/objectives/nca_objective.hpp"
#include "reference/gradient_check.hpp"
#include "reference/labelled_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::objectives {
namespace {

class NearNcaObjectiveTest : public testing::Test {
 protected:
  /// The nearest rows of every row under the map.
  [[nodiscard]] NearNcaObjective over_nearest(Index count, const Vector& weights = {}) const {
    const Matrix mapped = data.x * map.transpose();
    std::vector<Index> themselves(static_cast<std::size_t>(data.rows()));
    for (Index i = 0; i < data.rows(); ++i) themselves[static_cast<std::size_t>(i)] = i;
    return {data.x, data.labels->codes, neighbors::nearest(mapped, mapped, count, {.left_out = themselves}).rows,
            weights};
  }

  Dataset data = reference::clouds(150, 4, 3, 1);
  Matrix map = 0.4 * reference::random_normal(3, 4, 2);
};

TEST_F(NearNcaObjectiveTest, OverAllOtherRowsIsNcaItself) {
  Matrix own;
  Matrix all;
  const double expected = NcaObjective(data.x, data.labels->codes).value_and_gradient_at_map(map, all);
  EXPECT_NEAR(over_nearest(149).value_and_gradient_at_map(map, own), expected, reference::few_operations);
  EXPECT_LT((own - all).norm(), reference::rounding * all.norm());
}

TEST_F(NearNcaObjectiveTest, WeightsOfRowsAreThoseOfNca) {
  Vector weights = Vector::Ones(150);
  weights[3] = 4.0;
  weights[90] = 0.0;
  Matrix own;
  Matrix all;
  const double expected = NcaObjective(data.x, data.labels->codes, weights).value_and_gradient_at_map(map, all);
  EXPECT_NEAR(over_nearest(149, weights).value_and_gradient_at_map(map, own), expected, reference::few_operations);
  EXPECT_LT((own - all).norm(), reference::rounding * all.norm());
}

/// 1 - p_i and s_i of one row, from the definition.
struct Expected {
  double near = 0.0;
  double all = 0.0;
  double left_out = 0.0;
};

Expected of_row(const Dataset& data, const Matrix& map, Index row, std::size_t kept) {
  struct Other {
    double squared_distance;
    bool same;
  };
  std::vector<Other> others;
  for (Index j = 0; j < data.rows(); ++j) {
    const double squared = (map * (data.x.row(row) - data.x.row(j)).transpose()).squaredNorm();
    if (j != row) others.push_back({squared, data.labels->code(j) == data.labels->code(row)});
  }
  std::ranges::sort(others, {}, &Other::squared_distance);
  double sum = 0.0;
  double sum_kept = 0.0;
  Expected result;
  for (std::size_t j = 0; j < others.size(); ++j) {
    const double weight = std::exp(-others[j].squared_distance);
    sum += weight;
    result.all += others[j].same ? 0.0 : weight;
    if (j >= kept) continue;
    sum_kept += weight;
    result.near += others[j].same ? 0.0 : weight;
  }
  return {result.near / sum_kept, result.all / sum, 1.0 - sum_kept / sum};
}

TEST_F(NearNcaObjectiveTest, ComparisonWithAllRowsIsTheDefinition) {
  const std::vector<Index> rows = {3, 0, 149, 77, 78};
  const NearNcaObjective::Comparison found = over_nearest(20).against_all_rows(map, rows);
  for (std::size_t at = 0; at < rows.size(); ++at) {
    const Expected expected = of_row(data, map, rows[at], 20);
    EXPECT_NEAR(found.near[static_cast<Index>(at)], expected.near, reference::rounding);
    EXPECT_NEAR(found.all[static_cast<Index>(at)], expected.all, reference::rounding);
    EXPECT_NEAR(found.left_out[static_cast<Index>(at)], expected.left_out, reference::rounding);
  }
}

TEST_F(NearNcaObjectiveTest, TheErrorIsAtMostTheShareLeftOut) {
  std::vector<Index> everyone(150);
  std::iota(everyone.begin(), everyone.end(), Index{0});
  for (const double scale : {0.1, 0.5, 1.0, 2.0}) {
    const NearNcaObjective::Comparison at = over_nearest(20).against_all_rows(scale * map, everyone);
    const Vector error = (at.near - at.all).cwiseAbs();
    EXPECT_LE((error - at.left_out).maxCoeff(), reference::rounding) << scale;
    EXPECT_GT(error.maxCoeff(), 0.1 * at.left_out.maxCoeff()) << "nothing was left out at scale " << scale;
    Matrix unused;
    EXPECT_NEAR(over_nearest(20).value_and_gradient_at_map(scale * map, unused), at.near.mean(), reference::rounding);
    EXPECT_NEAR(NcaObjective(data.x, data.labels->codes).value_and_gradient_at_map(scale * map, unused), at.all.mean(),
                reference::rounding);
  }
}

TEST_F(NearNcaObjectiveTest, GradientEqualsCentralDifferences) {
  const NearNcaObjective objective = over_nearest(12);
  Matrix gradient;
  objective.value_and_gradient_at_map(map, gradient);
  const auto at = [&](const Matrix& l) {
    Matrix unused;
    return objective.value_and_gradient_at_map(l, unused);
  };
  EXPECT_LT(reference::gradient_error(at, map, 2.0 * map * gradient), reference::gradients);
  EXPECT_GT(reference::gradient_error(at, map, 2.1 * map * gradient), reference::wrong_gradients);
}

TEST_F(NearNcaObjectiveTest, HasTheSameBitsForAnyNumberOfThreads) {
  const NearNcaObjective objective = over_nearest(12);
  const int before = thread_count();
  Matrix one;
  Matrix four;
  set_thread_count(1);
  const double value = objective.value_and_gradient_at_map(map, one);
  set_thread_count(4);
  EXPECT_EQ(objective.value_and_gradient_at_map(map, four), value);
  EXPECT_EQ(one, four);
  set_thread_count(before);
}

TEST_F(NearNcaObjectiveTest, FarRowsAreFinite) {
  Matrix gradient;
  EXPECT_TRUE(std::isfinite(over_nearest(12).value_and_gradient_at_map(1e4 * map, gradient)));
  EXPECT_TRUE(gradient.allFinite());
}

}  // namespace
}  // namespace holdfast::objectives
