#include "holdfast/optim/minimize_nonnegative.hpp"

#include <gtest/gtest.h>

#include "reference/random_data.hpp"

namespace holdfast::optim {
namespace {

/// |A x - b|^2 / 2 + penalty * sum x, whose minimum over x >= 0 is known by its optimality conditions.
struct LeastSquares {
  Matrix a = reference::random_normal(40, 12, 1);
  Vector b = reference::random_normal(40, 1, 2).col(0);
  double penalty = 3.0;

  double operator()(const Vector& x, Vector& gradient) const {
    const Vector residual = a * x - b;
    gradient = a.transpose() * residual + Vector::Constant(x.size(), penalty);
    return 0.5 * residual.squaredNorm() + penalty * x.sum();
  }
};

TEST(MinimizeNonnegative, MeetsTheOptimalityConditions) {
  const LeastSquares function;
  const Minimum minimum = minimize_nonnegative(function, Vector::Ones(12), {.tolerance = 1e-14});
  EXPECT_TRUE(has_converged(minimum.reason));
  Vector gradient(12);
  function(minimum.x, gradient);
  Index zeros = 0;
  for (Index k = 0; k < 12; ++k) {
    EXPECT_GE(minimum.x[k], 0.0);
    if (minimum.x[k] > 0.0) {
      EXPECT_NEAR(gradient[k], 0.0, 1e-5);
    } else {
      EXPECT_GE(gradient[k], 0.0);
      ++zeros;
    }
  }
  EXPECT_GT(zeros, 0);
  EXPECT_LT(zeros, 12);
}

TEST(MinimizeNonnegative, LeavesZeroWhereThatPays) {
  const LeastSquares function{.penalty = 0.1};
  const Minimum from_zero = minimize_nonnegative(function, Vector::Zero(12), {.tolerance = 1e-12});
  const Minimum from_ones = minimize_nonnegative(function, Vector::Ones(12), {.tolerance = 1e-12});
  EXPECT_NEAR(from_zero.value, from_ones.value, 1e-6 * from_ones.value);
}

TEST(MinimizeNonnegative, ANegativeStartIsProjected) {
  const LeastSquares function;
  const Minimum minimum = minimize_nonnegative(function, Vector::Constant(12, -1.0), {.tolerance = 1e-12});
  EXPECT_GE(minimum.x.minCoeff(), 0.0);
}

TEST(MinimizeNonnegative, AMinimumAtTheOriginIsFound) {
  const auto rising = [](const Vector& x, Vector& gradient) {
    gradient.setOnes();
    return x.sum();
  };
  const Minimum minimum = minimize_nonnegative(rising, Vector::Ones(3));
  EXPECT_EQ(minimum.x, Vector::Zero(3));
  EXPECT_TRUE(has_converged(minimum.reason));
}

TEST(MinimizeNonnegative, StopsWhereItIsToldTo) {
  const LeastSquares function;
  const Minimum limited = minimize_nonnegative(function, Vector::Ones(12), {.max_iterations = 2});
  EXPECT_EQ(limited.reason, StopReason::iteration_limit);
  const Minimum stopped = minimize_nonnegative(
      function, Vector::Ones(12), {}, [](const Progress& p) { return p.step >= 3 ? Action::stop : Action::proceed; });
  EXPECT_EQ(stopped.reason, StopReason::stopped);
  EXPECT_EQ(stopped.iterations, 3);
}

}  // namespace
}  // namespace holdfast::optim
