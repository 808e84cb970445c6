#include "holdfast/learners/mmc.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/constraints/scatters.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::learners {
namespace {

using constraints::PairSet;
using reference::message_of;
using reference::random_normal;
using reference::three_clouds;
using testing::Contains;
using testing::HasSubstr;

double sum_of_distances(const Matrix& m, const Matrix& x, const PairSet& pairs) {
  double sum = 0.0;
  for (const auto& p : pairs.dissimilar) {
    const RowVector v = x.row(p.first) - x.row(p.second);
    sum += std::sqrt(std::max((v * m * v.transpose()).value(), 0.0));
  }
  return sum;
}

/// The projection of M on {M positive semidefinite, tr M <= 1}: of the eigenvalues on the simplex.
Matrix projected(const Matrix& m) {
  const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(m);
  double low = -1e3;
  double high = eigen.values.maxCoeff();
  for (int step = 0; step < 200; ++step) {
    const double shift = 0.5 * (low + high);
    ((eigen.values.array() - shift).cwiseMax(0.0).sum() > 1.0 ? low : high) = shift;
  }
  const Vector values = (eigen.values.array() - high).cwiseMax(0.0);
  return eigen.vectors * values.asDiagonal() * eigen.vectors.transpose();
}

/// The largest sum of distances over tr(M A) <= 1 by plain projected gradient ascent in coordinates in which A is I.
double slow_maximum(const Matrix& x, const PairSet& pairs) {
  const linalg::SymmetricEigen a = linalg::symmetric_eigen(constraints::scatters_from_pairs(x, pairs).similar);
  const Matrix z = x * (a.vectors * a.values.cwiseSqrt().cwiseInverse().asDiagonal());
  Matrix m = Matrix::Identity(x.cols(), x.cols()) / static_cast<double>(x.cols());
  for (int step = 0; step < 3000; ++step) {
    Matrix gradient = Matrix::Zero(x.cols(), x.cols());
    for (const auto& p : pairs.dissimilar) {
      const RowVector v = z.row(p.first) - z.row(p.second);
      gradient += v.transpose() * v / (2.0 * std::sqrt((v * m * v.transpose()).value()));
    }
    m = projected(m + 0.05 / gradient.norm() * gradient);
  }
  return sum_of_distances(m, z, pairs);
}

TEST(Mmc, ReachesTheMaximumOfProjectedGradients) {
  const Matrix& x = three_clouds().x;
  const PairSet pairs = reference::pairs_of_clouds();
  const Fit fit = fit_mmc(x, pairs, {.regularization = 0.0});
  const Matrix m = fit.metric.matrix();
  EXPECT_NEAR((m * constraints::scatters_from_pairs(x, pairs).similar).trace(), 1.0, reference::spectral);
  const double slow = slow_maximum(x, pairs);
  EXPECT_GT(sum_of_distances(m, x, pairs), (1.0 - reference::minimizers) * slow);
  EXPECT_NEAR(sum_of_distances(m, x, pairs), slow, reference::visible * slow);
  EXPECT_NEAR(fit.report.objective, -std::log(sum_of_distances(m, x, pairs) / 100.0), reference::long_sums);
}

TEST(Mmc, NoMatrixWithinTheConstraintIsBetter) {
  const Matrix& x = three_clouds().x;
  const PairSet pairs = reference::pairs_of_clouds();
  const Matrix similar = constraints::scatters_from_pairs(x, pairs).similar;
  const double best = sum_of_distances(fit_mmc(x, pairs, {.regularization = 0.0}).metric.matrix(), x, pairs);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Matrix map = random_normal(1 + static_cast<Index>(seed % 5), 5, seed);
    const Matrix m = map.transpose() * map;
    EXPECT_LE(sum_of_distances(m / (m * similar).trace(), x, pairs), best);
  }
}

TEST(Mmc, OneDissimilarPairGivesItsDiscriminant) {
  // The maximum of sqrt(v^T M v) over tr(M A) <= 1 is M = u u^T / (u^T A u) for u = A^-1 v.
  const Matrix x{{0.0, 0.0}, {1.0, 0.0}, {0.0, 2.0}, {3.0, 1.0}};
  const Fit fit = fit_mmc(x, PairSet{{{0, 1}, {0, 2}}, {{0, 3}}}, {.regularization = 0.0});
  const Vector u{{3.0 / 0.5, 1.0 / 2.0}};
  const Matrix expected = u * u.transpose() / (0.5 * u[0] * u[0] + 2.0 * u[1] * u[1]);
  EXPECT_LT((fit.metric.matrix() - expected).norm(), 10.0 * reference::minimizers * expected.norm());
}

TEST(Mmc, DiagonalIsTheBestDiagonalMetric) {
  const Matrix& x = three_clouds().x;
  const PairSet pairs = reference::pairs_of_clouds();
  const Matrix similar = constraints::scatters_from_pairs(x, pairs).similar;
  const Matrix m = fit_mmc(x, pairs, {.diagonal = true, .regularization = 0.0}).metric.matrix();
  EXPECT_EQ(m, Matrix(m.diagonal().asDiagonal()));
  EXPECT_NEAR((m * similar).trace(), 1.0, reference::spectral);
  const double best = sum_of_distances(m, x, pairs);
  EXPECT_LE(best, sum_of_distances(fit_mmc(x, pairs, {.regularization = 0.0}).metric.matrix(), x, pairs));
  for (Index k = 0; k < 5; ++k) {
    for (const double factor : {0.5, 0.9, 1.1, 2.0}) {
      Matrix other = m;
      other(k, k) *= factor;
      EXPECT_LE(sum_of_distances(other / (other * similar).trace(), x, pairs), best * (1.0 + reference::minima));
    }
  }
}

TEST(Mmc, RegularisesByTheNumberOfSimilarPairs) {
  const Matrix& x = three_clouds().x;
  PairSet pairs = reference::pairs_of_clouds();
  const Fit fit = fit_mmc(x, pairs);
  ASSERT_EQ(pairs.similar.size(), 100U);
  const double rho = 2.0 * std::sqrt(5.0 / 100.0);
  EXPECT_EQ(fit.report.derived.at(0).second, rho);
  EXPECT_EQ(fit.metric.matrix(), fit_mmc(x, pairs, {.regularization = rho}).metric.matrix());
}

TEST(Mmc, SingularScattersAreRegularisedAndSaySo) {
  Matrix x = three_clouds().x;
  x.col(1) = x.col(0);
  const PairSet pairs = reference::pairs_of_clouds();
  for (const bool diagonal : {false, true}) {
    Matrix columns = x;
    if (diagonal) columns.col(1).setConstant(3.0);
    const Fit fit = fit_mmc(columns, pairs, {.diagonal = diagonal});
    EXPECT_TRUE(fit.metric.map().allFinite());
    EXPECT_THAT(fit.report.log, Contains(HasSubstr("of the mean scatter added, by the number of similar pairs")));
    EXPECT_THAT(message_of([&] { (void)fit_mmc(columns, pairs, {.diagonal = diagonal, .regularization = 0.0}); }),
                HasSubstr("regularization 0: is too small for these data"));
  }
  EXPECT_TRUE(fit_mmc(x, pairs, {.regularization = 0.1}).report.derived.empty());
}

TEST(Mmc, DegeneratePairsAreLeftOutOrGiveTheIdentity) {
  Matrix x = three_clouds().x;
  x.row(1) = x.row(0);
  x.row(3) = x.row(2);
  EXPECT_TRUE(fit_mmc(x, PairSet{{{0, 1}}, {{2, 3}, {6, 7}}}).metric.map().allFinite());
  const Fit equal = fit_mmc(x, PairSet{{{4, 5}}, {{2, 3}}});
  EXPECT_EQ(equal.metric.matrix(), Matrix::Identity(5, 5));
  EXPECT_THAT(equal.report.warnings, Contains("the rows of every dissimilar pair are equal; M is the identity"));
  EXPECT_THAT(message_of([&] { (void)fit_mmc(x, PairSet{{}, {{2, 3}}}); }), HasSubstr("no similar pair"));
}

TEST(Mmc, OptionsOutOfBoundsAreNamed) {
  const auto refusal = [](const MmcOptions& options) {
    return message_of([&] { MmcOptions::table().validate(options); });
  };
  EXPECT_EQ(refusal({.regularization = -1.0}), "regularization -1: must be a number of at least 0");
  EXPECT_EQ(refusal({.constraints = -1}), "constraints -1: must be at least 1 (0: chosen by the number of classes)");
  EXPECT_NE(refusal({.max_iterations = 0}), "no error");
  EXPECT_NE(refusal({.tolerance = 1.0}), "no error");
}

}  // namespace
}  // namespace holdfast::learners
