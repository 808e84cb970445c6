#include "holdfast/optim/minimize.hpp"
#include "reference/tolerance.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace holdfast::optim {
namespace {

double rosenbrock(const Vector& x, Vector& gradient) {
  const double a = x[1] - x[0] * x[0];
  gradient << -400.0 * x[0] * a - 2.0 * (1.0 - x[0]), 200.0 * a;
  return 100.0 * a * a + (1.0 - x[0]) * (1.0 - x[0]);
}

TEST(Minimize, ReachesTheMinimumOfRosenbrock) {
  const Minimum minimum = minimize(rosenbrock, Vector{{-1.2, 1.0}}, {.tolerance = 1e-12});
  EXPECT_TRUE(has_converged(minimum.reason));
  EXPECT_NEAR(minimum.x[0], 1.0, reference::minimizers);
  EXPECT_NEAR(minimum.x[1], 1.0, reference::minimizers);
}

TEST(Minimize, SolvesAnIllConditionedQuadraticAtAnyScaleOfTheValue) {
  for (const double scale : {1e-12, 1.0, 1e12}) {
    const auto quadratic = [&](const Vector& x, Vector& gradient) {
      double value = 0.0;
      for (Index i = 0; i < x.size(); ++i) {
        const double weight = scale * std::pow(10.0, static_cast<double>(i) / 4.0);
        gradient[i] = 2.0 * weight * (x[i] - 1.0);
        value += weight * (x[i] - 1.0) * (x[i] - 1.0);
      }
      return value + scale;
    };
    const Minimum minimum = minimize(quadratic, Vector::Zero(20), {.max_iterations = 2000, .tolerance = 1e-10});
    EXPECT_NEAR(minimum.value / scale, 1.0, reference::minima);
    EXPECT_TRUE(has_converged(minimum.reason));
  }
}

TEST(Minimize, HandlesKinks) {
  const auto function = [](const Vector& x, Vector& gradient) {
    double value = 0.0;
    for (Index i = 0; i < x.size(); ++i) {
      const double weight = static_cast<double>(i + 1);
      gradient[i] = weight * (x[i] > 0.5 ? 1.0 : -1.0);
      value += weight * std::abs(x[i] - 0.5);
    }
    return value + 1.0;
  };
  const Minimum minimum = minimize(function, Vector{{3.0, -2.0, 1.0, 8.0}}, {.tolerance = 1e-9});
  EXPECT_TRUE(has_converged(minimum.reason));
  EXPECT_NEAR(minimum.value, 1.0, reference::minima);
}

TEST(Minimize, ASearchThatClosesOnAWallWithoutFlatteningIsAStep) {
  const auto down_to_a_wall = [](const Vector& x, Vector& gradient) {
    gradient[0] = -1.0;
    return x[0] <= 0.5 ? 1.5 - x[0] : std::numeric_limits<double>::infinity();
  };
  const Minimum minimum = minimize(down_to_a_wall, Vector{{-2.0}});
  EXPECT_NEAR(minimum.value, 1.0, reference::minima);
}

TEST(Minimize, AStepGoesToWhereTheSlopeHasFlattened) {
  const auto square = [](const Vector& x, Vector& gradient) {
    gradient = 2.0 * x;
    return x.squaredNorm();
  };
  const Minimum minimum = minimize(square, Vector{{1.0}}, {.max_iterations = 1, .first_step = 1e-6});
  EXPECT_LE(std::abs(minimum.x[0]), 0.9);
}

TEST(Minimize, SaysWhenItRanOutOfIterations) {
  const Minimum minimum = minimize(rosenbrock, Vector{{-1.2, 1.0}}, {.max_iterations = 3});
  EXPECT_EQ(minimum.reason, StopReason::iteration_limit);
  EXPECT_EQ(minimum.iterations, 3);
  EXPECT_FALSE(has_converged(minimum.reason));
}

TEST(Minimize, AnObserverStopsItAtTheBestPointSoFar) {
  Vector start{{-1.2, 1.0}};
  Vector gradient(2);
  const double at_start = rosenbrock(start, gradient);
  const Observer after_five = [](const Progress& progress) {
    return progress.step >= 5 ? Action::stop : Action::proceed;
  };
  const Minimum minimum = minimize(rosenbrock, start, {}, after_five);
  EXPECT_EQ(minimum.reason, StopReason::stopped);
  EXPECT_EQ(minimum.iterations, 5);
  EXPECT_LT(minimum.value, at_start);
  EXPECT_EQ(rosenbrock(minimum.x, gradient), minimum.value);
}

TEST(Minimize, AStationaryStartIsTheAnswer) {
  const Minimum minimum = minimize(rosenbrock, Vector{{1.0, 1.0}});
  EXPECT_EQ(minimum.reason, StopReason::gradient_vanished);
  EXPECT_EQ(minimum.iterations, 0);
}

TEST(Minimize, ValuesThatAreNotFiniteAreStepsTooLong) {
  const auto barrier = [](const Vector& x, Vector& gradient) {
    gradient[0] = 1.0 - 1.0 / x[0];
    return x[0] - std::log(x[0]);  // NaN for x < 0
  };
  const Minimum minimum = minimize(barrier, Vector{{1e-3}}, {.tolerance = 1e-12});
  EXPECT_NEAR(minimum.x[0], 1.0, reference::minimizers);
}

TEST(Minimize, AnObjectiveThatTurnsNanIsNotFiniteAndNeverConverged) {
  int calls = 0;
  const auto breaks = [&](const Vector& x, Vector& gradient) {
    return ++calls <= 3 ? rosenbrock(x, gradient) : std::numeric_limits<double>::quiet_NaN();
  };
  const Minimum minimum = minimize(breaks, Vector{{-1.2, 1.0}});
  EXPECT_EQ(minimum.reason, StopReason::not_finite);
  EXPECT_FALSE(has_converged(minimum.reason));
  EXPECT_TRUE(minimum.x.allFinite());
  EXPECT_EQ(describe(minimum.reason), "failed: the objective is not finite");
}

TEST(Minimize, AStartThatIsNotFiniteIsReportedAsSuch) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto value_is_nan = [&](const Vector&, Vector& gradient) {
    gradient.setOnes();
    return nan;
  };
  const auto gradient_is_nan = [&](const Vector&, Vector& gradient) {
    gradient << 1.0, nan;
    return 1.0;
  };
  EXPECT_EQ(minimize(value_is_nan, Vector::Ones(2)).reason, StopReason::not_finite);
  EXPECT_EQ(minimize(gradient_is_nan, Vector::Ones(2)).reason, StopReason::not_finite);
}

}  // namespace
}  // namespace holdfast::optim
