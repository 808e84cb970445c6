#include "reference/gradient_check.hpp"

#include <gtest/gtest.h>

#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::reference {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(GradientCheck, AcceptsARightGradientAndRefusesAWrongEntry) {
  const Matrix at = random_normal(3, 4, 1);
  const auto cubes = [](const Matrix& x) { return x.array().cube().sum(); };
  Matrix gradient = 3.0 * at.cwiseAbs2();
  EXPECT_LT(gradient_error(cubes, at, gradient), reference::gradients);
  gradient(2, 3) += 0.01;
  EXPECT_GT(gradient_error(cubes, at, gradient), reference::wrong_gradients);
}

TEST(GradientCheck, RefusesNanInAnyEntryOfTheGradient) {
  const Matrix at = random_normal(3, 4, 1);
  const auto squares = [](const Matrix& x) { return x.squaredNorm(); };
  for (Index i = 0; i < 3; ++i) {
    for (Index j = 0; j < 4; ++j) {
      Matrix gradient = 2.0 * at;
      gradient(i, j) = nan;
      EXPECT_FALSE(gradient_error(squares, at, gradient) < 1e300) << i << ", " << j;
    }
  }
}

TEST(GradientCheck, RefusesAFunctionThatIsNanAnywhere) {
  const Matrix at = random_normal(3, 4, 1);
  EXPECT_FALSE(gradient_error([](const Matrix&) { return nan; }, at, 2.0 * at) < 1e300);
  const auto beyond = [&](const Matrix& x) { return x(1, 2) > at(1, 2) ? nan : x.squaredNorm(); };
  EXPECT_FALSE(gradient_error(beyond, at, 2.0 * at) < 1e300);
}

TEST(LargestEntry, RefusesNanAnywhere) {
  EXPECT_EQ(largest_entry(Matrix{{1.0, -3.0}, {2.0, 0.0}}), 3.0);
  EXPECT_EQ(largest_entry(Matrix(0, 3)), 0.0);
  for (Index i = 0; i < 9; ++i) {
    Matrix x = Matrix::Zero(3, 3);
    x.reshaped()[i] = nan;
    EXPECT_FALSE(largest_entry(x) < 1e300);
  }
}

}  // namespace
}  // namespace holdfast::reference
