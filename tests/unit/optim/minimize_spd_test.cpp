#include "holdfast/optim/minimize_spd.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <limits>

#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/spd.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::optim {
namespace {

/// tr(M A) + tr(M^-1 B), whose minimum is the geometric mean.
struct Problem {
  Matrix a;
  Matrix b;

  explicit Problem(Index d) {
    const Matrix x = reference::random_normal(3 * d, d, 1);
    const Matrix y = reference::random_normal(3 * d, d, 2);
    a = linalg::transpose_product(x, x);
    b = 20.0 * linalg::transpose_product(y, y);
  }
  double operator()(const Matrix& m, Matrix& gradient) const {
    const Matrix inverse = m.inverse();
    gradient = a - inverse * b * inverse;
    return (m * a).trace() + (inverse * b).trace();
  }
};

TEST(MinimizeSpd, FindsTheGeometricMeanFromTheIdentity) {
  for (const Index d : {1, 2, 9}) {
    const Problem problem(d);
    const SpdMinimum found = minimize_spd(problem, Matrix::Identity(d, d), Matrix::Ones(d, d),
                                          {.tolerance = 1e-15, .first_step = 1e-2}, {}, "test");
    EXPECT_TRUE(has_converged(found.minimum.reason));
    const Matrix mean = linalg::geometric_mean_factor(problem.a, problem.b, 0.5);
    const Matrix expected = mean.transpose() * mean;
    EXPECT_LT((found.factor * found.factor.transpose() - expected).norm(), reference::minimizers * expected.norm());
  }
}

TEST(MinimizeSpd, DoesNotSeeTheScalesOfTheCoordinates) {
  // The same problem in other units of each column: as many iterations where the curvature follows.
  const Problem problem(4);
  const Vector units{{1.0, 1e2, 1e-2, 1e3}};
  Problem scaled = problem;
  scaled.a = units.asDiagonal() * problem.a * units.asDiagonal();
  scaled.b = units.cwiseInverse().asDiagonal() * problem.b * units.cwiseInverse().asDiagonal();
  const MinimizeOptions options{.tolerance = 1e-12, .first_step = 1e-2};
  const SpdMinimum one = minimize_spd(problem, Matrix::Identity(4, 4), Matrix::Ones(4, 4), options, {}, "test");
  const SpdMinimum other =
      minimize_spd(scaled, units.cwiseInverse().asDiagonal().toDenseMatrix(), Matrix::Ones(4, 4), options, {}, "test");
  EXPECT_NEAR(one.minimum.value, other.minimum.value, reference::minima * one.minimum.value);
  // Rounding may move the end by a step or two.
  EXPECT_LE(std::abs(one.minimum.iterations - other.minimum.iterations), 2);
}

TEST(MinimizeSpd, AValueThatIsNotFiniteIsTooLongAStep) {
  const Problem problem(3);
  const auto bounded = [&](const Matrix& m, Matrix& gradient) {
    const double value = problem(m, gradient);
    return m.trace() < 1e3 ? value : std::numeric_limits<double>::infinity();
  };
  const SpdMinimum found = minimize_spd(bounded, Matrix::Identity(3, 3), Matrix::Ones(3, 3),
                                        {.tolerance = 1e-14, .first_step = 10.0}, {}, "test");
  const Matrix mean = linalg::geometric_mean_factor(problem.a, problem.b, 0.5);
  EXPECT_LT((found.factor * found.factor.transpose() - mean.transpose() * mean).norm(),
            reference::minimizers * mean.squaredNorm());
}

TEST(MinimizeSpd, TheFirstStepGoesAlongTheRiemannianGradient) {
  // From the identity with even curvature S is a multiple of -dF/dM, diagonal and off-diagonal entries alike.
  const Problem problem(4);
  const SpdMinimum found = minimize_spd(problem, Matrix::Identity(4, 4), Matrix::Ones(4, 4),
                                        {.max_iterations = 1, .first_step = 1e-6}, {}, "test");
  const linalg::SymmetricEigen m = linalg::symmetric_eigen(found.factor * found.factor.transpose());
  const Matrix s = linalg::with_spectrum(m, m.values.array().log().matrix());
  Matrix gradient;
  problem(Matrix::Identity(4, 4), gradient);
  EXPECT_LT((s / s.norm() + gradient / gradient.norm()).norm(), reference::long_sums);
}

TEST(MinimizeSpd, AnObjectiveThatTurnsNanIsNotFiniteAndNeverConverged) {
  const Problem problem(3);
  int calls = 0;
  const auto breaks = [&](const Matrix& m, Matrix& gradient) {
    return ++calls <= 3 ? problem(m, gradient) : std::numeric_limits<double>::quiet_NaN();
  };
  const SpdMinimum found =
      minimize_spd(breaks, Matrix::Identity(3, 3), Matrix::Ones(3, 3), {.first_step = 1e-2}, {}, "test");
  EXPECT_EQ(found.minimum.reason, StopReason::not_finite);
  EXPECT_FALSE(has_converged(found.minimum.reason));
  EXPECT_TRUE(found.factor.allFinite());
}

}  // namespace
}  // namespace holdfast::optim
