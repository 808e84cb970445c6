#include "holdfast/objectives/spread_objective.hpp"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <cmath>

#include "reference/gradient_check.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::objectives {
namespace {

using reference::random_normal;

Matrix scatter() {
  const Matrix x = random_normal(30, 4, 3) * Vector{{1.0, 2.0, 0.5, 1.5}}.asDiagonal();
  return x.transpose() * x / 30.0;
}

Matrix some_matrix() {
  const Matrix map = random_normal(4, 4, 5);
  return map.transpose() * map + 0.1 * Matrix::Identity(4, 4);
}

Matrix factor_of(const Matrix& m) { return Eigen::LLT<Matrix>(m).matrixU(); }

double sum_of_distances(const Matrix& m, const Matrix& v) {
  double sum = 0.0;
  for (Index i = 0; i < v.rows(); ++i) sum += std::sqrt((v.row(i) * m * v.row(i).transpose()).value());
  return sum;
}

TEST(SpreadObjective, IsTheFormulaAndDoesNotSeeTheScale) {
  const Matrix v = random_normal(25, 4, 1);
  const Matrix m = some_matrix();
  const SpreadObjective objective(scatter(), v);
  const double expected = 0.5 * std::log((m * scatter()).trace()) - std::log(sum_of_distances(m, v));
  EXPECT_NEAR(objective.value_at_map(factor_of(m)), expected, reference::rounding);
  EXPECT_NEAR(objective.value_at_map(7.0 * factor_of(m)), expected, reference::rounding);
}

TEST(SpreadObjective, GradientAgreesWithDifferencesAndAWrongOneDoesNot) {
  const Matrix v = random_normal(25, 4, 1);
  const Matrix m = some_matrix();
  const SpreadObjective objective(scatter(), v);
  Matrix gradient;
  const double value_there = objective.value_and_gradient_at_map(factor_of(m), gradient);
  EXPECT_NEAR(value_there, objective.value_at_map(factor_of(m)), reference::rounding);
  const auto value = [&](const Matrix& at) {
    return 0.5 * std::log(at.cwiseProduct(scatter()).sum()) - std::log(sum_of_distances(at, v));
  };
  EXPECT_LT(reference::gradient_error(value, m, gradient), reference::gradients);
  EXPECT_GT(reference::gradient_error(value, m, gradient + 0.1 * scatter()), reference::wrong_gradients);
}

TEST(SpreadObjective, TheGapBoundsTheDistanceToEveryOtherMetric) {
  const Matrix v = random_normal(25, 4, 1);
  const Matrix a = scatter();
  const SpreadObjective objective(a, v);
  const Matrix root = Eigen::LLT<Matrix>(a).matrixL().solve(Matrix::Identity(4, 4)).transpose();
  const auto spread = [&](const Matrix& m) { return sum_of_distances(m, v) / std::sqrt((m * a).trace()); };
  const Matrix m = some_matrix();
  const double gap = objective.gap_at_map(factor_of(m), root);
  EXPECT_GT(gap, 0.0);
  for (std::uint64_t seed = 10; seed < 60; ++seed) {
    const Matrix map = random_normal(1 + static_cast<Index>(seed % 4), 4, seed);
    EXPECT_LE(spread(map.transpose() * map), (1.0 + gap) * spread(m));
  }
  // One dissimilar difference: all of M along A^-1 v is the maximum.
  const Matrix one = v.topRows(1);
  const Matrix best = (Eigen::LLT<Matrix>(a).solve(one.transpose())).transpose();
  EXPECT_NEAR(SpreadObjective(a, one).gap_at_map(best, root), 0.0, reference::spectral);
}

}  // namespace
}  // namespace holdfast::objectives
