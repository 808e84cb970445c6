#include "holdfast/learners/lsml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "reference/gradient_check.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::learners {
namespace {

using constraints::QuadrupletSet;
using reference::message_of;
using reference::three_clouds;
using testing::Contains;
using testing::HasSubstr;

QuadrupletSet drawn() {
  Random random(2);
  return constraints::quadruplets_from_pairs(constraints::sample_pairs(*three_clouds().labels, 200, random));
}

double slow_objective(const Matrix& m, const Matrix& prior_inverse, const Matrix& x, const QuadrupletSet& set) {
  double loss = 0.0;
  const auto distance = [&](Index a, Index b) {
    const RowVector v = x.row(a) - x.row(b);
    return std::sqrt((v * m * v.transpose()).value());
  };
  double sum = 0.0;
  for (std::size_t i = 0; i < set.quadruplets.size(); ++i) {
    const auto& q = set.quadruplets[i];
    const double weight = set.weights.empty() ? 1.0 : set.weights[i];
    const double residual = std::max(distance(q.a, q.b) - distance(q.c, q.d), 0.0);
    loss += weight * residual * residual;
    sum += weight;
  }
  const Matrix product = m * prior_inverse;
  return product.trace() - std::log(product.determinant()) + loss / sum;
}

TEST(Lsml, IsStationaryInTheFormulaAndReportsItsValue) {
  const Matrix& x = three_clouds().x;
  const QuadrupletSet set = drawn();
  const Matrix centred = x.rowwise() - x.colwise().mean();
  const Matrix covariance = centred.transpose() * centred / static_cast<double>(x.rows() - 1);
  const double variance = centred.cwiseAbs2().colwise().mean().mean();
  for (const Prior prior : {Prior::identity, Prior::covariance}) {
    const Matrix inverse = prior == Prior::identity ? Matrix(variance * Matrix::Identity(5, 5)) : covariance;
    const Fit fit = fit_lsml(x, set, {.prior = prior, .tolerance = 1e-15});
    const Matrix m = fit.metric.matrix();
    const auto value = [&](const Matrix& at) { return slow_objective(at, inverse, x, set); };
    EXPECT_NEAR(fit.report.objective, value(m), reference::spectral * fit.report.objective);
    // With P^-1 added to the zero gradient, the error is relative to that of the prior alone.
    const auto shifted = [&](const Matrix& at) { return value(at) + at.cwiseProduct(inverse).sum(); };
    EXPECT_LT(reference::gradient_error(shifted, m, inverse), reference::root_gradients);
  }
}

TEST(Lsml, IsStationaryInTheFormulaWithWeightsAndAGivenPrior) {
  const Matrix& x = three_clouds().x;
  QuadrupletSet set = drawn();
  for (std::size_t i = 0; i < set.quadruplets.size(); ++i) set.weights.push_back(static_cast<double>(i % 5));
  const Matrix prior = reference::random_spd(5, 3);
  const Fit fit = fit_lsml(x, set, {.tolerance = 1e-15}, {.prior = &prior});
  const Matrix m = fit.metric.matrix();
  const Matrix inverse = prior.inverse();
  const auto value = [&](const Matrix& at) { return slow_objective(at, inverse, x, set); };
  EXPECT_NEAR(fit.report.objective, value(m), reference::spectral * std::abs(fit.report.objective));
  const auto shifted = [&](const Matrix& at) { return value(at) + at.cwiseProduct(inverse).sum(); };
  EXPECT_LT(reference::gradient_error(shifted, m, inverse), reference::root_gradients);
  const QuadrupletSet plain = drawn();
  const auto unweighted = [&](const Matrix& at) {
    return slow_objective(at, inverse, x, plain) + at.cwiseProduct(inverse).sum();
  };
  EXPECT_GT(reference::gradient_error(unweighted, m, inverse), reference::root_gradients);
}

TEST(Lsml, OnlyTheSharesOfWeightsMatterAndWeightZeroIsLeftOut) {
  const Matrix& x = three_clouds().x;
  QuadrupletSet set = drawn();
  QuadrupletSet half = set;
  half.quadruplets.resize(set.quadruplets.size() / 2);
  set.weights.assign(set.quadruplets.size(), 0.0);
  std::fill_n(set.weights.begin(), half.quadruplets.size(), 1e300);
  const Matrix expected = fit_lsml(x, half, {.tolerance = 1e-14}).metric.matrix();
  EXPECT_LT((fit_lsml(x, set, {.tolerance = 1e-14}).metric.matrix() - expected).norm(),
            reference::minimizers * expected.norm());
}

TEST(Lsml, OneComparisonOnALineHasAKnownAnswer) {
  // m P^-1 - log m + m (3 - 1)^2 is smallest at m = 1 / (P^-1 + 4).
  const Matrix x{{0.0}, {3.0}, {1.0}};
  const double variance = 14.0 / 9.0;
  const Fit fit = fit_lsml(x, QuadrupletSet{{{0, 1, 0, 2}}}, {.tolerance = 1e-14});
  EXPECT_NEAR(fit.metric.matrix()(0, 0), 1.0 / (variance + 4.0), reference::minimizers);
}

TEST(Lsml, ComparisonsThatHoldLeaveThePrior) {
  const Matrix x{{0.0}, {3.0}, {1.0}};
  const Fit fit = fit_lsml(x, QuadrupletSet{{{0, 2, 0, 1}}});
  EXPECT_NEAR(fit.metric.matrix()(0, 0), 9.0 / 14.0, reference::rounding);
}

TEST(Lsml, MoreComparisonsHoldThanBefore) {
  const Dataset& data = three_clouds();
  const QuadrupletSet set = drawn();
  const auto held = [&](const Matrix& m) {
    return std::ranges::count_if(set.quadruplets, [&](const constraints::Quadruplet& q) {
      const RowVector near = data.x.row(q.a) - data.x.row(q.b);
      const RowVector far = data.x.row(q.c) - data.x.row(q.d);
      return (near * m * near.transpose()).value() < (far * m * far.transpose()).value();
    });
  };
  EXPECT_GE(held(fit_lsml(data.x, set).metric.matrix()), held(Matrix::Identity(5, 5)));
}

TEST(Lsml, DegenerateComparisonsStayFinite) {
  Matrix x = three_clouds().x;
  x.row(1) = x.row(0);
  x.col(2) = x.col(0);
  x.col(3).setConstant(4.0);
  EXPECT_TRUE(fit_lsml(x, QuadrupletSet{{{2, 3, 0, 1}, {0, 1, 4, 5}}}).metric.map().allFinite());
  EXPECT_TRUE(fit_lsml(Matrix::Ones(4, 2), QuadrupletSet{{{0, 1, 2, 3}}}).metric.map().allFinite());
  EXPECT_THAT(message_of([&] { (void)fit_lsml(x, QuadrupletSet{}); }), HasSubstr("there is no quadruplet"));
  EXPECT_THAT(message_of([&] { (void)fit_lsml(x, drawn(), {.prior = Prior::covariance}); }),
              HasSubstr("prior covariance: the columns are linearly dependent"));
}

TEST(Lsml, LabelsDrawAsManyComparisonsAsWanted) {
  const Dataset& data = three_clouds();
  EXPECT_THAT(fit_lsml(data.x, *data.labels).report.log, Contains("180 comparisons"));
  EXPECT_THAT(fit_lsml(data.x, *data.labels, {.constraints = 30}).report.log, Contains("30 comparisons"));
}

TEST(Lsml, OtherSupervisionIsRefused) {
  EXPECT_EQ(message_of([] {
              (void)fit_lsml(three_clouds().x, constraints::PairSet{{{0, 2}}, {{0, 1}}});
            }).find("lsml learns from labels or quadruplets, not from pairs; gmml"),
            0u);
}

TEST(Lsml, OptionsOutOfBoundsAreNamed) {
  const auto refusal = [](const LsmlOptions& options) {
    return message_of([&] { LsmlOptions::table().validate(options); });
  };
  EXPECT_EQ(refusal({.constraints = -1}), "constraints -1: must be at least 1 (0: chosen by the number of classes)");
  EXPECT_NE(refusal({.max_iterations = 0}), "no error");
  EXPECT_NE(refusal({.tolerance = 0.0}), "no error");
}

}  // namespace
}  // namespace holdfast::learners
