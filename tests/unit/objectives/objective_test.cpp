#include "holdfast/objectives/objective.hpp"

#include <gtest/gtest.h>

#include "holdfast/objectives/aml_objective.hpp"
#include "holdfast/objectives/nca_objective.hpp"
#include "holdfast/objectives/parametrization.hpp"
#include "holdfast/objectives/triplet_objective.hpp"
#include "reference/gradient_check.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::objectives {
namespace {

static_assert(MapObjective<TripletObjective> && MapObjective<NcaObjective> && MapObjective<AnchorBatch<NcaObjective>>);
static_assert(MapObjective<SumObjective> && !MapObjective<AmlObjective>);
static_assert(MatrixObjective<AmlObjective> && !MatrixObjective<TripletObjective>);
static_assert(WeightObjective<BasisParametrization<SumObjective>> && !WeightObjective<SumObjective>);

/// f(M) = tr(A M) + (tr M)^2 / 2 for a symmetric A.
struct Quadratic {
  Matrix a;

  double value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const {
    const Matrix m = map.transpose() * map;
    gradient = a + m.trace() * Matrix::Identity(m.rows(), m.cols());
    return (a * m).trace() + 0.5 * m.trace() * m.trace();
  }
};

class ObjectiveTest : public testing::Test {
 protected:
  static Quadratic quadratic(std::uint64_t seed) {
    const Matrix b = reference::random_normal(4, 4, seed);
    return {b + b.transpose()};
  }

  Quadratic first = quadratic(1);
  Quadratic second = quadratic(2);
  Matrix map = reference::random_normal(3, 4, 3);
};

TEST_F(ObjectiveTest, AWeightedSumOfObjectivesIsAnObjective) {
  SumObjective sum;
  sum.add(2.0, first);
  sum.add(-0.5, second);
  SumObjective sum_of_sums;
  sum_of_sums.add(3.0, sum);
  Matrix gradient;
  Matrix one;
  Matrix other;
  const double value = sum_of_sums.value_and_gradient_at_map(map, gradient);
  EXPECT_NEAR(value,
              6.0 * first.value_and_gradient_at_map(map, one) - 1.5 * second.value_and_gradient_at_map(map, other),
              reference::rounding);
  EXPECT_LT(reference::largest_entry(gradient - (6.0 * one - 1.5 * other)), reference::rounding);
}

TEST_F(ObjectiveTest, AnEmptySumIsZero) {
  Matrix gradient;
  EXPECT_EQ(SumObjective().value_and_gradient_at_map(map, gradient), 0.0);
  EXPECT_EQ(gradient, Matrix::Zero(4, 4));
}

}  // namespace
}  // namespace holdfast::objectives
