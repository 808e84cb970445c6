#include "holdfast/objectives/bound_objective.hpp"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>

#include "reference/gradient_check.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::objectives {
namespace {

using reference::random_normal;

Matrix some_matrix() {
  const Matrix map = random_normal(4, 4, 5);
  return map.transpose() * map + Matrix::Identity(4, 4);
}

Matrix factor_of(const Matrix& m) { return Eigen::LLT<Matrix>(m).matrixU(); }

/// F from its formula, pair by pair.
double slow_value(const Matrix& m, const Matrix& similar, const Matrix& dissimilar, double near, double far,
                  double gamma) {
  double value = m.trace() - std::log(m.determinant()) - static_cast<double>(m.rows());
  const auto lengths = [&](const Matrix& v, Index i) { return (v.row(i) * m * v.row(i).transpose()).value(); };
  for (Index i = 0; i < similar.rows(); ++i) {
    const double p = std::max(lengths(similar, i), near);
    value += gamma * (p / near - std::log(p / near) - 1.0);
  }
  for (Index i = 0; i < dissimilar.rows(); ++i) {
    const double p = std::min(lengths(dissimilar, i), far);
    value += gamma * (p / far - std::log(p / far) - 1.0);
  }
  return value;
}

TEST(Divergence, IsZeroForEqualNumbersAndGrowsBothWays) {
  EXPECT_EQ(divergence(3.0, 3.0), 0.0);
  EXPECT_NEAR(divergence(2.0, 1.0), 1.0 - std::log(2.0), reference::few_operations);
  EXPECT_NEAR(divergence(1.0, 2.0), std::log(2.0) - 0.5, reference::few_operations);
}

TEST(BoundObjective, IsTheFormula) {
  const Matrix similar = random_normal(20, 4, 1);
  const Matrix dissimilar = random_normal(15, 4, 2);
  const BoundObjective objective(similar, dissimilar, 4.0, 30.0, 0.7);
  const Matrix m = some_matrix();
  const double expected = slow_value(m, similar, dissimilar, 4.0, 30.0, 0.7);
  EXPECT_NEAR(objective.value_at_map(factor_of(m)), expected, reference::rounding * expected);
  Matrix gradient;
  EXPECT_NEAR(objective.value_and_gradient_at_map(factor_of(m), gradient), expected, reference::rounding * expected);
}

TEST(BoundObjective, GradientAgreesWithDifferencesAndAWrongOneDoesNot) {
  const Matrix similar = random_normal(20, 4, 1);
  const Matrix dissimilar = random_normal(15, 4, 2);
  const BoundObjective objective(similar, dissimilar, 4.0, 30.0, 0.7);
  const Matrix m = some_matrix();
  Matrix gradient;
  (void)objective.value_and_gradient_at_map(factor_of(m), gradient);
  const auto value = [&](const Matrix& at) { return slow_value(at, similar, dissimilar, 4.0, 30.0, 0.7); };
  EXPECT_LT(reference::gradient_error(value, m, gradient), reference::gradients);
  Matrix without_divergence = gradient;
  without_divergence += m.inverse();
  EXPECT_GT(reference::gradient_error(value, m, without_divergence), reference::wrong_gradients);
}

TEST(BoundObjective, PairsWithinTheirBoundsCostNothing) {
  const Matrix similar{{0.1, 0.0}, {0.0, 0.2}};
  const Matrix dissimilar{{3.0, 0.0}};
  const BoundObjective objective(similar, dissimilar, 1.0, 4.0, 1.0);
  EXPECT_NEAR(objective.value_at_map(Matrix::Identity(2, 2)), 0.0, reference::few_operations);
  Matrix gradient;
  (void)objective.value_and_gradient_at_map(Matrix::Identity(2, 2), gradient);
  EXPECT_LT(gradient.norm(), reference::few_operations);
}

TEST(BoundObjective, SingularMapsAreInfinitelyFar) {
  const BoundObjective objective(Matrix::Ones(1, 2), Matrix::Ones(1, 2), 1.0, 4.0, 1.0);
  EXPECT_EQ(objective.value_at_map(Matrix::Zero(2, 2)), std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace holdfast::objectives
