#include "holdfast/optim/minimize_stochastic.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "holdfast/core/random.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::optim {
namespace {

/// The mean of |x - target|^2 over targets with noise, of which a step sees one.
double noisy_distance(Index step, const Vector& x, Vector& gradient) {
  Random random(1, static_cast<std::uint64_t>(step));
  Vector target{{1.0, -2.0, 3.0}};
  for (double& value : target) value += 0.2 * random.normal();
  gradient = 2.0 * (x - target);
  return (x - target).squaredNorm();
}

/// The last window's mean follows the noise of its 50 targets.
const double of_a_window = reference::sampling_error(0.2, 50);

TEST(MinimizeStochastic, ComesNearTheMinimumAndSaysSo) {
  const Minimum minimum = minimize_stochastic(noisy_distance, Vector::Ones(3), Unbounded());
  EXPECT_TRUE(has_converged(minimum.reason));
  EXPECT_LT((minimum.x - Vector{{1.0, -2.0, 3.0}}).norm(), of_a_window);
  EXPECT_NEAR(minimum.value, 3 * 0.04, reference::sampling_error(0.04 * std::sqrt(6.0), 50));
}

TEST(MinimizeStochastic, IsTheSameForTheSameParts) {
  const Minimum a = minimize_stochastic(noisy_distance, Vector::Ones(3), Unbounded());
  const Minimum b = minimize_stochastic(noisy_distance, Vector::Ones(3), Unbounded());
  EXPECT_EQ(a.x, b.x);
  EXPECT_EQ(a.value, b.value);
}

TEST(MinimizeStochastic, StaysInTheOrthantWhereAsked) {
  const Minimum minimum = minimize_stochastic(noisy_distance, Vector::Ones(3), Nonnegative());
  EXPECT_NEAR(minimum.x[0], 1.0, of_a_window);
  EXPECT_EQ(minimum.x[1], 0.0);
  EXPECT_NEAR(minimum.x[2], 3.0, of_a_window);
}

TEST(MinimizeStochastic, AFewStepsAreReportedAsSuch) {
  const Minimum minimum = minimize_stochastic(noisy_distance, Vector::Ones(3), Unbounded(), {.max_iterations = 3});
  EXPECT_EQ(minimum.reason, StopReason::iteration_limit);
  EXPECT_EQ(minimum.iterations, 3);
  const Minimum stopped = minimize_stochastic(noisy_distance, Vector::Ones(3), Unbounded(), {}, [](const Progress& p) {
    return p.step >= 40 ? Action::stop : Action::proceed;
  });
  EXPECT_EQ(stopped.reason, StopReason::stopped);
  EXPECT_EQ(stopped.iterations, 40);
}

TEST(MinimizeStochastic, AnObjectiveThatTurnsNanIsNotFiniteAndEndsWithTheLastGoodMean) {
  const auto breaks = [](Index step, const Vector& x, Vector& gradient) {
    const double value = noisy_distance(step, x, gradient);
    return step < 60 ? value : std::numeric_limits<double>::quiet_NaN();
  };
  const Minimum minimum = minimize_stochastic(breaks, Vector::Ones(3), Unbounded());
  EXPECT_EQ(minimum.reason, StopReason::not_finite);
  EXPECT_FALSE(has_converged(minimum.reason));
  EXPECT_TRUE(minimum.x.allFinite());
  EXPECT_EQ(minimum.iterations, 60);
}

TEST(MinimizeStochastic, NanAfterThreeStepsIsNotFinite) {
  const auto breaks = [](Index step, const Vector& x, Vector& gradient) {
    const double value = noisy_distance(step, x, gradient);
    if (step >= 3) gradient[1] = std::numeric_limits<double>::quiet_NaN();
    return value;
  };
  const Minimum minimum = minimize_stochastic(breaks, Vector::Ones(3), Unbounded());
  EXPECT_EQ(minimum.reason, StopReason::not_finite);
  EXPECT_EQ(minimum.iterations, 3);
}

}  // namespace
}  // namespace holdfast::optim
