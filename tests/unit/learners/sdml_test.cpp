#include "holdfast/learners/sdml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/linalg/symmetric_eigen.hpp"
#include "holdfast/optim/graphical_lasso.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::learners {
namespace {

using constraints::PairSet;
using reference::message_of;
using reference::three_clouds;
using testing::Contains;
using testing::HasSubstr;

/// Three clouds in units in which the mean variance of the columns is 1.
Matrix unit_rows() {
  const Matrix& x = three_clouds().x;
  const Matrix centred = x.rowwise() - x.colwise().mean();
  return centred / std::sqrt(centred.cwiseAbs2().colwise().mean().mean());
}

/// P^-1 + eta K for the identity.
Matrix slow_matrix(const Matrix& x, const PairSet& pairs, double eta) {
  Matrix s = Matrix::Identity(x.cols(), x.cols());
  for (const auto& p : pairs.similar) {
    const RowVector v = x.row(p.first) - x.row(p.second);
    s += eta * v.transpose() * v;
  }
  for (const auto& p : pairs.dissimilar) {
    const RowVector v = x.row(p.first) - x.row(p.second);
    s -= eta * v.transpose() * v;
  }
  return s;
}

TEST(Sdml, MinimisesItsFormula) {
  const Matrix x = unit_rows();
  const PairSet pairs = reference::pairs_of_clouds();
  const Fit fit = fit_sdml(x, pairs, {.balance = 1e-4, .sparsity = 0.05, .tolerance = 1e-12});
  EXPECT_TRUE(fit.report.derived.empty());
  const Matrix s = slow_matrix(x, pairs, 1e-4);
  const Matrix m = fit.metric.matrix();
  const double value = optim::lasso_value(s, 0.05, m);
  EXPECT_NEAR(fit.report.objective, value, reference::spectral * value);
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Matrix step = 1e-3 * reference::random_normal(5, 5, seed);
    EXPECT_GE(optim::lasso_value(s, 0.05, m + step + step.transpose()), value - reference::rounding);
  }
}

TEST(Sdml, MuchSparsityLeavesTheDiagonal) {
  const Matrix x = unit_rows();
  const PairSet pairs = reference::pairs_of_clouds();
  const Matrix m = fit_sdml(x, pairs, {.balance = 1e-4, .sparsity = 10.0}).metric.matrix();
  const Vector expected = slow_matrix(x, pairs, 1e-4).diagonal().cwiseInverse();
  EXPECT_LT((m - Matrix(expected.asDiagonal())).norm(), reference::minimizers);
}

TEST(Sdml, ABalanceWithoutAMinimumIsLowered) {
  const Matrix x = unit_rows();
  const PairSet pairs{{{0, 3}, {1, 4}}, reference::pairs_of_clouds().dissimilar};
  const Fit fit = fit_sdml(x, pairs);
  ASSERT_EQ(fit.report.derived.size(), 1u);
  const auto& [name, eta] = fit.report.derived[0];
  EXPECT_EQ(name, "balance_used");
  EXPECT_THAT(fit.report.log, Contains(HasSubstr("balance 0.5: the objective has no minimum; ")));
  EXPECT_TRUE(fit.report.converged());
  // A tenth of the way from the eta at which S is singular.
  EXPECT_NEAR(linalg::symmetric_eigen(slow_matrix(x, pairs, eta)).values.minCoeff(), 0.1, reference::spectral);
}

TEST(Sdml, AMatrixThatIsNotPositiveMayStillHaveAMinimum) {
  const Matrix x = unit_rows();
  const PairSet pairs{{{0, 3}, {1, 4}}, reference::pairs_of_clouds().dissimilar};
  const double used = fit_sdml(x, pairs, {.sparsity = 0.5}).report.derived.at(0).second;
  const double above = used / 0.9 * 1.02;
  const Fit fit = fit_sdml(x, pairs, {.balance = above, .sparsity = 0.5});
  EXPECT_LT(linalg::symmetric_eigen(slow_matrix(x, pairs, above)).values.minCoeff(), 0.0);
  EXPECT_TRUE(fit.report.derived.empty());
  EXPECT_TRUE(fit.report.converged());
  EXPECT_GT(linalg::symmetric_eigen(fit.metric.matrix()).values.minCoeff(), 0.0);
}

TEST(Sdml, WithoutPairsToSpeakOfAGivenPriorStays) {
  const Matrix prior = reference::random_spd(5, 3);
  const Fit fit =
      fit_sdml(three_clouds().x, reference::pairs_of_clouds(), {.balance = 1e-12, .sparsity = 0.0}, {.prior = &prior});
  EXPECT_LT((fit.metric.matrix() - prior).norm(), reference::minimizers * prior.norm());
  // Lowered too: S is the same share away from singular under any prior.
  const Matrix x = unit_rows();
  const PairSet pairs{{{0, 3}, {1, 4}}, reference::pairs_of_clouds().dissimilar};
  EXPECT_EQ(fit_sdml(x, pairs, {}, {.prior = &prior}).report.derived.at(0).first, "balance_used");
  EXPECT_TRUE(fit_sdml(x, pairs, {.prior = Prior::random}).report.converged());
}

TEST(Sdml, DegeneratePairsStayFinite) {
  Matrix x = three_clouds().x;
  x.row(1) = x.row(0);
  x.col(2) = x.col(0);
  x.col(3).setConstant(4.0);
  EXPECT_TRUE(fit_sdml(x, PairSet{{{0, 1}}, {{2, 3}}}).metric.map().allFinite());
  EXPECT_TRUE(fit_sdml(Matrix::Ones(4, 2), PairSet{{{0, 1}}, {{2, 3}}}).metric.map().allFinite());
  EXPECT_THAT(message_of([&] { (void)fit_sdml(x, PairSet{{}, {{2, 3}}}); }), HasSubstr("no similar pair"));
  EXPECT_THAT(message_of([&] { (void)fit_sdml(x, reference::pairs_of_clouds(), {.prior = Prior::covariance}); }),
              HasSubstr("prior covariance: the columns are linearly dependent"));
  EXPECT_TRUE(
      fit_sdml(three_clouds().x, reference::pairs_of_clouds(), {.prior = Prior::covariance}).report.converged());
}

TEST(Sdml, OptionsOutOfBoundsAreNamed) {
  const auto refusal = [](const SdmlOptions& options) {
    return message_of([&] { SdmlOptions::table().validate(options); });
  };
  EXPECT_EQ(refusal({.balance = 0.0}), "balance 0: must be a number above 0");
  EXPECT_EQ(refusal({.sparsity = -1.0}), "sparsity -1: must be a number of at least 0");
  EXPECT_EQ(refusal({.constraints = -1}), "constraints -1: must be at least 1 (0: chosen by the number of classes)");
  EXPECT_NE(refusal({.max_iterations = 0}), "no error");
  EXPECT_NE(refusal({.tolerance = 0.0}), "no error");
}

}  // namespace
}  // namespace holdfast::learners
