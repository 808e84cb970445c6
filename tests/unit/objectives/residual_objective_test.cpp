#include "holdfast/objectives/residual_objective.hpp"

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

/// Weights that are not all the same.
Vector some_weights() { return Vector::LinSpaced(30, 0.0, 0.1); }

double slow_value(const Matrix& m, const Matrix& near, const Matrix& far, const Vector& weights) {
  double loss = 0.0;
  for (Index i = 0; i < near.rows(); ++i) {
    const double p = std::sqrt((near.row(i) * m * near.row(i).transpose()).value());
    const double q = std::sqrt((far.row(i) * m * far.row(i).transpose()).value());
    loss += weights[i] * std::max(p - q, 0.0) * std::max(p - q, 0.0);
  }
  return m.trace() - std::log(m.determinant()) + loss;
}

TEST(ResidualObjective, IsTheFormula) {
  const Matrix near = 2.0 * random_normal(30, 4, 1);
  const Matrix far = random_normal(30, 4, 2);
  const double expected = slow_value(some_matrix(), near, far, some_weights());
  const ResidualObjective objective(near, far, some_weights());
  EXPECT_NEAR(objective.value_at_map(factor_of(some_matrix())), expected, reference::rounding * expected);
}

TEST(ResidualObjective, GradientAgreesWithDifferencesAndAWrongOneDoesNot) {
  const Matrix near = 2.0 * random_normal(30, 4, 1);
  const Matrix far = random_normal(30, 4, 2);
  const Matrix m = some_matrix();
  const ResidualObjective objective(near, far, some_weights());
  Matrix gradient;
  const double value_there = objective.value_and_gradient_at_map(factor_of(m), gradient);
  EXPECT_NEAR(value_there, slow_value(m, near, far, some_weights()), reference::rounding * value_there);
  const auto value = [&](const Matrix& at) { return slow_value(at, near, far, some_weights()); };
  EXPECT_LT(reference::gradient_error(value, m, gradient), reference::gradients);
  const Matrix of_the_sum = 30.0 * (gradient - Matrix::Identity(4, 4) + m.inverse());
  EXPECT_GT(reference::gradient_error(value, m, Matrix(of_the_sum + Matrix::Identity(4, 4) - m.inverse())),
            reference::wrong_gradients);
}

TEST(ResidualObjective, ComparisonsThatHoldCostNothing) {
  const Matrix near{{0.5, 0.0}, {0.0, 1.0}};
  const Matrix far{{1.0, 0.0}, {1.0, 1.0}};
  const ResidualObjective objective(near, far, Vector::Ones(2));
  EXPECT_NEAR(objective.value_at_map(Matrix::Identity(2, 2)), 2.0, reference::few_operations);
  Matrix gradient;
  (void)objective.value_and_gradient_at_map(Matrix::Identity(2, 2), gradient);
  EXPECT_LT(gradient.norm(), reference::few_operations);
}

TEST(ResidualObjective, EqualRowsThatShouldBeFartherStayFinite) {
  const ResidualObjective objective(Matrix::Ones(1, 2), Matrix::Zero(1, 2), Vector::Ones(1));
  Matrix gradient;
  EXPECT_NEAR(objective.value_and_gradient_at_map(Matrix::Identity(2, 2), gradient), 4.0, reference::few_operations);
  EXPECT_LT((gradient - Matrix::Ones(2, 2)).norm(), reference::few_operations);
  EXPECT_EQ(objective.value_at_map(Matrix::Zero(2, 2)), std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace holdfast::objectives
