#include "holdfast/learners/itml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>

#include "holdfast/constraints/pairs.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::learners {
namespace {

using constraints::PairSet;
using reference::message_of;
using reference::three_clouds;
using testing::Contains;
using testing::HasSubstr;

/// The cyclic projections of Davis et al. (ICML 2007, algorithm 1), with dense inverses instead of rank-one updates.
Matrix projections(const Matrix& x, const PairSet& pairs, double near, double far, double gamma, int sweeps) {
  struct Constraint {
    Vector v;
    double sign;
    double xi;
    double multiplier = 0.0;
  };
  std::vector<Constraint> all;
  for (const auto& p : pairs.similar) all.push_back({(x.row(p.first) - x.row(p.second)).transpose(), 1.0, near * near});
  for (const auto& p : pairs.dissimilar) {
    all.push_back({(x.row(p.first) - x.row(p.second)).transpose(), -1.0, far * far});
  }
  Matrix inverse = Matrix::Identity(x.cols(), x.cols());
  Matrix m = inverse;
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    for (Constraint& c : all) {
      const double length = c.v.dot(m * c.v);
      const double step = std::min(c.multiplier, gamma / (gamma + 1.0) * c.sign * (1.0 / length - 1.0 / c.xi));
      c.multiplier -= step;
      c.xi = 1.0 / (1.0 / c.xi + c.sign * step / gamma);
      inverse -= c.sign * step * c.v * c.v.transpose();
      m = inverse.inverse();
    }
  }
  return m;
}

TEST(Itml, IsWhereTheProjectionsOnOnePairAfterTheOtherEnd) {
  const PairSet pairs = reference::pairs_of_clouds();
  const Matrix expected = projections(three_clouds().x, pairs, 2.0, 4.0, 0.5, 400);
  const Matrix m =
      fit_itml(three_clouds().x, pairs, {.gamma = 0.5, .near = 2.0, .far = 4.0, .tolerance = 1e-14}).metric.matrix();
  EXPECT_LT((m - expected).norm(), reference::minimizers * expected.norm());
}

TEST(Itml, OnePairOnALineHasAKnownAnswer) {
  // m - log m - 1 + gamma (m v^2 / u - log(m v^2 / u) - 1) is smallest where 1 - 1/m + gamma (v^2 / u - 1/m) = 0.
  const Matrix x{{0.0}, {2.0}, {7.0}};
  const PairSet pairs{{{0, 1}}, {{0, 2}}};
  const Fit fit = fit_itml(x, pairs, {.gamma = 3.0, .near = 1.0, .far = 0.1, .tolerance = 1e-14});
  EXPECT_NEAR(fit.metric.matrix()(0, 0), (1.0 + 3.0) / (1.0 + 3.0 * 4.0), reference::minimizers);
}

TEST(Itml, BoundsThatHoldLeaveThePrior) {
  const PairSet pairs = reference::pairs_of_clouds();
  const Matrix& x = three_clouds().x;
  const ItmlOptions loose{.near = 100.0, .far = 1e-3};
  EXPECT_LT((fit_itml(x, pairs, loose).metric.matrix() - Matrix::Identity(5, 5)).norm(), reference::rounding);
  ItmlOptions of_covariance = loose;
  of_covariance.prior = Prior::covariance;
  const Matrix centred = x.rowwise() - x.colwise().mean();
  const Matrix covariance = centred.transpose() * centred / static_cast<double>(x.rows() - 1);
  const Matrix product = fit_itml(x, pairs, of_covariance).metric.matrix() * covariance;
  EXPECT_LT((product - Matrix::Identity(5, 5)).norm(), reference::spectral);
}

TEST(Itml, BoundsThatHoldLeaveAGivenOrRandomPrior) {
  const PairSet pairs = reference::pairs_of_clouds();
  const Matrix& x = three_clouds().x;
  const ItmlOptions loose{.near = 1e4, .far = 1e-4};
  const Matrix given = reference::random_spd(5, 3);
  EXPECT_LT((fit_itml(x, pairs, loose, {.prior = &given}).metric.matrix() - given).norm(),
            reference::spectral * given.norm());
  const auto random = [&](std::uint64_t seed) {
    return fit_itml(x, pairs, {.near = 1e4, .far = 1e-4, .prior = Prior::random}, {.seed = seed}).metric.matrix();
  };
  const Vector values = linalg::symmetric_eigen(random(1)).values;
  EXPECT_GE(values.minCoeff(), 0.5 - reference::spectral);
  EXPECT_LE(values.maxCoeff(), 2.0 + reference::spectral);
  EXPECT_GT(values.maxCoeff(), 1.1 * values.minCoeff());
  EXPECT_EQ(random(1), random(1));
  EXPECT_NE(random(1), random(2));
}

TEST(Itml, AMatrixThatIsNoMetricIsRefusedAsPrior) {
  const auto refusal = [](const Matrix& prior) {
    return message_of([&] { (void)fit_itml(three_clouds().x, reference::pairs_of_clouds(), {}, {.prior = &prior}); });
  };
  EXPECT_EQ(refusal(Matrix::Identity(4, 4)), "prior 4 x 4: must be a 5 x 5 matrix, as the data have 5 columns");
  Matrix odd = Matrix::Identity(5, 5);
  odd(0, 1) = 0.5;
  EXPECT_EQ(refusal(odd), "prior 5 x 5: the matrix is not symmetric; a metric is");
  odd(0, 1) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(refusal(odd), "prior 5 x 5: must hold finite numbers");
  const std::string singular = refusal(RowVector{{1.0, 2.0, 0.0, 1.0, 1.0}}.asDiagonal());
  EXPECT_EQ(singular,
            "prior 5 x 5: must be positive definite; the eigenvalues are from 0 to 2; add a multiple of the identity");
  EXPECT_THAT(refusal(RowVector{{1.0, 2.0, -3.0, 1.0, 1.0}}.asDiagonal()), HasSubstr("eigenvalues are from -3 to 2"));
}

TEST(Itml, BoundsAreThePercentilesOfAllDistancesUnlessGiven) {
  const Matrix x{{0.0}, {1.0}, {3.0}, {10.0}};
  const PairSet pairs{{{0, 1}}, {{0, 3}}};
  const FitReport derived = fit_itml(x, pairs).report;
  ASSERT_EQ(derived.derived.size(), 2u);
  // The distances 1, 2, 3, 7, 9, 10: a quarter of the way from the first to the second, and likewise at the end.
  EXPECT_EQ(derived.derived[0].first, "near_used");
  EXPECT_NEAR(derived.derived[0].second, 1.25, reference::few_operations);
  EXPECT_NEAR(derived.derived[1].second, 9.75, reference::few_operations);
  EXPECT_TRUE(fit_itml(x, pairs, {.near = 1.0, .far = 2.0}).report.derived.empty());
}

TEST(Itml, MorePriceForViolationsLeavesFewer) {
  const PairSet pairs = reference::pairs_of_clouds();
  const Matrix& x = three_clouds().x;
  const auto longest_similar = [&](double gamma) {
    const Matrix m = fit_itml(x, pairs, {.gamma = gamma, .near = 2.0, .far = 0.1}).metric.matrix();
    double longest = 0.0;
    for (const auto& p : pairs.similar) {
      const RowVector v = x.row(p.first) - x.row(p.second);
      longest = std::max(longest, (v * m * v.transpose()).value());
    }
    return longest;
  };
  EXPECT_LT(longest_similar(10.0), longest_similar(0.1));
}

TEST(Itml, DegeneratePairsAreLeftOutOrGiveTheIdentity) {
  Matrix x = three_clouds().x;
  x.row(1) = x.row(0);
  x.row(3) = x.row(2);
  const Fit fit = fit_itml(x, PairSet{{{0, 1}, {4, 5}}, {{2, 3}, {6, 7}}});
  EXPECT_TRUE(fit.metric.map().allFinite());
  EXPECT_THAT(fit.report.log, Contains("2 pairs of equal rows are left out"));
  const Fit equal = fit_itml(Matrix::Ones(4, 2), PairSet{{{0, 1}}, {{2, 3}}});
  EXPECT_EQ(equal.metric.matrix(), Matrix::Identity(2, 2));
  EXPECT_THAT(equal.report.warnings, Contains("all rows are equal; M is the identity"));
  EXPECT_THAT(message_of([&] { (void)fit_itml(x, PairSet{{{0, 1}}, {}}); }), HasSubstr("no dissimilar pair"));
}

TEST(Itml, LabelsDrawAsManyPairsAsWanted) {
  const Dataset& data = three_clouds();
  EXPECT_THAT(fit_itml(data.x, *data.labels).report.log, Contains("180 similar and 180 dissimilar pairs"));
  EXPECT_THAT(fit_itml(data.x, *data.labels, {.constraints = 30}).report.log,
              Contains("30 similar and 30 dissimilar pairs"));
  EXPECT_FALSE(fit_itml(data.x, *data.labels, {}, {.seed = 1}).metric == fit_itml(data.x, *data.labels).metric);
}

TEST(Itml, OptionsOutOfBoundsAreNamed) {
  const auto refusal = [](const ItmlOptions& options) {
    return message_of([&] { ItmlOptions::table().validate(options); });
  };
  EXPECT_EQ(refusal({.gamma = 0.0}), "gamma 0: must be a number above 0");
  EXPECT_EQ(refusal({.near = 0.0}), "near 0: must be a number above 0");
  EXPECT_EQ(refusal({.far = -1.0}), "far -1: must be a number above 0");
  EXPECT_EQ(refusal({.constraints = -1}), "constraints -1: must be at least 1 (0: chosen by the number of classes)");
  EXPECT_NE(refusal({.max_iterations = 0}), "no error");
  EXPECT_NE(refusal({.tolerance = 0.0}), "no error");
  Matrix collinear = three_clouds().x;
  collinear.col(1) = collinear.col(0);
  EXPECT_THAT(
      message_of([&] { (void)fit_itml(collinear, reference::pairs_of_clouds(), {.prior = Prior::covariance}); }),
      HasSubstr("prior covariance: the columns are linearly dependent"));
  EXPECT_TRUE(fit_itml(collinear, reference::pairs_of_clouds()).metric.map().allFinite());
}

}  // namespace
}  // namespace holdfast::learners
