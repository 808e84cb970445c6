#include "holdfast/optim/minimize_projected.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

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

TEST(MinimizeProjected, MeetsTheOptimalityConditions) {
  const LeastSquares function;
  const Minimum minimum = minimize_projected(function, Vector::Ones(12), Nonnegative(), {.tolerance = 1e-14});
  EXPECT_TRUE(has_converged(minimum.reason));
  Vector gradient(12);
  function(minimum.x, gradient);
  Index zeros = 0;
  for (Index k = 0; k < 12; ++k) {
    EXPECT_GE(minimum.x[k], 0.0);
    if (minimum.x[k] > 0.0) {
      EXPECT_NEAR(gradient[k], 0.0, reference::minimizers);
    } else {
      EXPECT_GE(gradient[k], 0.0);
      ++zeros;
    }
  }
  EXPECT_GT(zeros, 0);
  EXPECT_LT(zeros, 12);
}

TEST(MinimizeProjected, LeavesZeroWhereThatPays) {
  const LeastSquares function{.penalty = 0.1};
  const Minimum from_zero = minimize_projected(function, Vector::Zero(12), Nonnegative(), {.tolerance = 1e-12});
  const Minimum from_ones = minimize_projected(function, Vector::Ones(12), Nonnegative(), {.tolerance = 1e-12});
  EXPECT_NEAR(from_zero.value, from_ones.value, reference::minima * from_ones.value);
}

TEST(MinimizeProjected, ANegativeStartIsProjected) {
  const LeastSquares function;
  const Minimum minimum = minimize_projected(function, Vector::Constant(12, -1.0), Nonnegative(), {.tolerance = 1e-12});
  EXPECT_GE(minimum.x.minCoeff(), 0.0);
}

TEST(MinimizeProjected, AMinimumAtTheOriginIsFound) {
  const auto rising = [](const Vector& x, Vector& gradient) {
    gradient.setOnes();
    return x.sum();
  };
  const Minimum minimum = minimize_projected(rising, Vector::Ones(3), Nonnegative());
  EXPECT_EQ(minimum.x, Vector::Zero(3));
  EXPECT_TRUE(has_converged(minimum.reason));
}

TEST(MinimizeProjected, StopsWhereItIsToldTo) {
  const LeastSquares function;
  const Minimum limited = minimize_projected(function, Vector::Ones(12), Nonnegative(), {.max_iterations = 2});
  EXPECT_EQ(limited.reason, StopReason::iteration_limit);
  const Minimum stopped = minimize_projected(function, Vector::Ones(12), Nonnegative(), {}, [](const Progress& p) {
    return p.step >= 3 ? Action::stop : Action::proceed;
  });
  EXPECT_EQ(stopped.reason, StopReason::stopped);
  EXPECT_EQ(stopped.iterations, 3);
}

TEST(MinimizeProjected, AnObjectiveThatTurnsNanIsNotFiniteAndNeverConverged) {
  const LeastSquares function;
  int calls = 0;
  const auto breaks = [&](const Vector& x, Vector& gradient) {
    return ++calls <= 3 ? function(x, gradient) : std::numeric_limits<double>::quiet_NaN();
  };
  const Minimum minimum = minimize_projected(breaks, Vector::Ones(12), Nonnegative());
  EXPECT_EQ(minimum.reason, StopReason::not_finite);
  EXPECT_FALSE(has_converged(minimum.reason));
  EXPECT_TRUE(minimum.x.allFinite());
}

}  // namespace
}  // namespace holdfast::optim
