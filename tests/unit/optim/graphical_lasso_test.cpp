#include "holdfast/optim/graphical_lasso.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>

#include "holdfast/linalg/symmetric_eigen.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::optim {
namespace {

using reference::random_normal;

Matrix covariance(Index d, std::uint64_t seed) {
  const Matrix x = random_normal(3 * d, d, seed);
  return x.transpose() * x / static_cast<double>(3 * d);
}

/// The largest violation of the conditions of a minimum: (M^-1 - S)_ij = penalty sign(M_ij), at most the penalty in
/// size where M_ij = 0, and 0 on the diagonal.
double violation(const Matrix& s, double penalty, const Matrix& m) {
  const Matrix difference = m.inverse() - s;
  double worst = 0.0;
  for (Index i = 0; i < s.rows(); ++i) {
    for (Index j = 0; j < s.cols(); ++j) {
      const double own = i == j           ? std::abs(difference(i, j))
                         : m(i, j) == 0.0 ? std::max(std::abs(difference(i, j)) - penalty, 0.0)
                                          : std::abs(difference(i, j) - std::copysign(penalty, m(i, j)));
      worst = std::max(worst, own);
    }
  }
  return worst;
}

TEST(Lasso, MeetsTheConditionsOfAMinimum) {
  for (const double penalty : {0.01, 0.1, 0.5}) {
    for (const Index d : {1, 2, 12}) {
      const Matrix s = covariance(d, 3);
      const LassoMinimum found = minimize_lasso(s, penalty, {.tolerance = 1e-12});
      EXPECT_TRUE(found.bounded);
      EXPECT_TRUE(has_converged(found.reason));
      EXPECT_EQ(found.m, found.m.transpose());
      EXPECT_LT(violation(s, penalty, found.m), reference::minima);
      EXPECT_NEAR(found.value, lasso_value(s, penalty, found.m), reference::rounding * static_cast<double>(d));
    }
  }
}

TEST(Lasso, WithoutAPenaltyIsTheInverse) {
  const Matrix s = covariance(6, 1);
  EXPECT_LT((minimize_lasso(s, 0.0, {.tolerance = 1e-13}).m * s - Matrix::Identity(6, 6)).norm(), reference::minima);
}

TEST(Lasso, TheValueIsTheFormula) {
  const Matrix s{{2.0, 0.5}, {0.5, 1.0}};
  const Matrix m{{1.0, -0.25}, {-0.25, 2.0}};
  EXPECT_NEAR(lasso_value(s, 0.1, m), 2.0 - 0.25 + 2.0 - std::log(2.0 - 0.0625) + 0.1 * 0.5, reference::few_operations);
  EXPECT_EQ(lasso_value(s, 0.1, -m), std::numeric_limits<double>::infinity());
}

TEST(Lasso, AMatrixThatIsNotPositiveHasAMinimumIfThePenaltyCoversIt) {
  // With a penalty of 1 or more, the diagonal is within it of S: M is its inverse. At 0.6 the entry 0.9 remains.
  const Matrix s{{1.0, 1.5}, {1.5, 1.0}};
  EXPECT_LT((minimize_lasso(s, 2.0).m - Matrix::Identity(2, 2)).norm(), reference::minimizers);
  const LassoMinimum within = minimize_lasso(s, 0.6, {.tolerance = 1e-12});
  EXPECT_TRUE(within.bounded);
  EXPECT_LT(violation(s, 0.6, within.m), reference::minima);
  EXPECT_FALSE(minimize_lasso(s, 0.4).bounded);
  EXPECT_FALSE(minimize_lasso(Matrix{{0.0, 0.0}, {0.0, 1.0}}, 0.4).bounded);
}

TEST(Lasso, LimitsAndObserversStopIt) {
  const Matrix s = covariance(8, 2);
  const LassoMinimum limited = minimize_lasso(s, 0.05, {.max_iterations = 1, .tolerance = 1e-12});
  EXPECT_EQ(limited.reason, StopReason::iteration_limit);
  EXPECT_EQ(limited.iterations, 1);
  const LassoMinimum stopped = minimize_lasso(
      s, 0.05, {.tolerance = 1e-12},
      [](const Progress& p) {
        EXPECT_EQ(p.stage, "here");
        return Action::stop;
      },
      "here");
  EXPECT_EQ(stopped.reason, StopReason::stopped);
  const Matrix infinite = Matrix::Constant(2, 2, std::numeric_limits<double>::infinity());
  EXPECT_EQ(minimize_lasso(infinite, 0.1).reason, StopReason::not_finite);
}

}  // namespace
}  // namespace holdfast::optim
