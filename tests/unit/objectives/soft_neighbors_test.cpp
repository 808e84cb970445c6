#include "holdfast/objectives/soft_neighbors.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/core/parallel.hpp"
#include "reference/gradient_check.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::objectives {
namespace {

/// The value of a row is the chance of row 0: sum over anchors of p_i0, and its derivative.
double chance_of_first(Index /*row*/, Eigen::Ref<RowVector> p) {
  const double chance = p[0];
  // dp_i0 / dD2(x_i, x_k) = p_i0 (p_ik - [k = 0])
  p *= chance;
  p[0] -= chance;
  return chance;
}

class SoftNeighborsTest : public testing::Test {
 protected:
  Matrix x = reference::random_normal(90, 4, 1);
  SoftNeighbors neighbors{x};
  Matrix map = 0.5 * reference::random_normal(3, 4, 2);
  std::vector<Index> anchors = {3, 80, 17, 3};

  double value(const Matrix& at, Matrix& gradient) const {
    return neighbors.value_and_gradient_at_map(at, anchors, chance_of_first, gradient);
  }
};

TEST_F(SoftNeighborsTest, TheProbabilitiesAreThoseOfTheDefinition) {
  double expected = 0.0;
  for (const Index i : anchors) {
    double all = 0.0;
    for (Index k = 0; k < x.rows(); ++k) {
      if (k != i) all += std::exp(-((x.row(i) - x.row(k)) * map.transpose()).squaredNorm());
    }
    expected += std::exp(-((x.row(i) - x.row(0)) * map.transpose()).squaredNorm()) / all;
  }
  Matrix unused;
  EXPECT_NEAR(value(map, unused), expected, reference::rounding);
}

TEST_F(SoftNeighborsTest, GradientEqualsCentralDifferences) {
  Matrix gradient;
  value(map, gradient);
  const auto at = [&](const Matrix& l) {
    Matrix unused;
    return value(l, unused);
  };
  EXPECT_LT(reference::gradient_error(at, map, 2.0 * map * gradient), reference::gradients);
  EXPECT_GT(reference::gradient_error(at, map, 2.1 * map * gradient), reference::wrong_gradients);
}

TEST_F(SoftNeighborsTest, ABatchIsTheObjectiveOverItsAnchors) {
  struct First {
    const SoftNeighbors& neighbors;
    double value_and_gradient_at_map(const MatrixView& l, std::span<const Index> rows, Matrix& gradient) const {
      return neighbors.value_and_gradient_at_map(l, rows, chance_of_first, gradient);
    }
  };
  const First objective{neighbors};
  Matrix of_batch;
  Matrix direct;
  EXPECT_EQ((AnchorBatch<First>(objective, anchors).value_and_gradient_at_map(map, of_batch)), value(map, direct));
  EXPECT_EQ(of_batch, direct);
}

TEST(AnchorShares, AreTheWeightsOverTheirSum) {
  const Vector weights{{1.0, 2.0, 5.0}};
  const std::vector<Index> anchors = {0, 2, 2};
  EXPECT_EQ(AnchorShares(anchors, weights).of(2), 5.0 / 11.0);
}

}  // namespace
}  // namespace holdfast::objectives
