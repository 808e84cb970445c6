#include "holdfast/learners/gmml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Cholesky>

#include "holdfast/learners/aml.hpp"
#include "holdfast/objectives/aml_objective.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::learners {
namespace {

using constraints::Scatters;
using reference::clouds;
using reference::message_of;
using reference::scatters_of_clouds;
using testing::Contains;
using testing::HasSubstr;

TEST(Gmml, SolvesItsEquation) {
  const Scatters s = scatters_of_clouds();
  const Matrix m = fit_gmml(s).metric.matrix();
  EXPECT_LT((m * s.similar * m - s.dissimilar).norm(), reference::rounding * s.dissimilar.norm());
}

TEST(Gmml, TheEndsAreTheInverseOfSimilarAndDissimilarItself) {
  const Scatters s = scatters_of_clouds();
  const Matrix at_zero = fit_gmml(s, {.t = 0.0}).metric.matrix();
  EXPECT_LT((at_zero * s.similar - Matrix::Identity(6, 6)).norm(), reference::rounding);
  const Matrix at_one = fit_gmml(s, {.t = 1.0}).metric.matrix();
  EXPECT_LT((at_one - s.dissimilar).norm(), reference::rounding * s.dissimilar.norm());
}

TEST(Gmml, TheObjectiveIsTheSmallestOnTheGeodesicAndReported) {
  const Scatters s = scatters_of_clouds();
  const auto value = [&](const Matrix& m) { return (m * s.similar).trace() + m.ldlt().solve(s.dissimilar).trace(); };
  const Fit best = fit_gmml(s);
  EXPECT_NEAR(best.report.objective, value(best.metric.matrix()), reference::rounding * best.report.objective);
  for (const double t : {0.3, 0.45, 0.55, 0.8})
    EXPECT_GT(fit_gmml(s, {.t = t}).report.objective, best.report.objective);
}

TEST(Gmml, SingularScattersAreRegularisedAndSaySo) {
  Dataset data = clouds(10, 30, 2, 3);  // fewer rows than columns
  const Scatters s = constraints::scatters_from_labels(data.x, *data.labels);
  const Fit fit = fit_gmml(s);
  EXPECT_TRUE(fit.metric.map().allFinite());
  EXPECT_THAT(fit.report.log, Contains(HasSubstr("regularised: 0.001 of the mean scatter added, because")));
  EXPECT_THAT(message_of([&] { (void)fit_gmml(s, {.regularization = {.strength = 0.0}}); }),
              HasSubstr("regularization 0: is too small for these data"));
}

TEST(Gmml, MuchRegularisationGivesThePrior) {
  const Scatters s = scatters_of_clouds();
  const Matrix m = fit_gmml(s, {.regularization = {.strength = 1e8}}).metric.matrix();
  EXPECT_LT((m / m(0, 0) - Matrix::Identity(6, 6)).norm(), reference::dominated);
  const Matrix mahalanobis =
      fit_gmml(s, {.regularization = {.strength = 1e8, .prior = Prior::covariance}}).metric.matrix();
  const double pairs = s.similar_pairs + s.dissimilar_pairs;
  const Matrix covariance = (s.similar_pairs * s.similar + s.dissimilar_pairs * s.dissimilar) / (2.0 * pairs);
  const Matrix product = mahalanobis * covariance;
  EXPECT_LT((product / product(0, 0) - Matrix::Identity(6, 6)).norm(), reference::dominated);
}

TEST(Gmml, APriorOfTheUsersOwnIsDrawnTo) {
  const Scatters s = scatters_of_clouds();
  Matrix prior = Vector{{1, 2, 3, 4, 5, 6}}.asDiagonal();
  prior(0, 1) = prior(1, 0) = 0.5;
  const Matrix m = fit_gmml(s, {.regularization = {.strength = 1e8, .matrix = prior}}).metric.matrix();
  EXPECT_LT((m / m(5, 5) - prior / prior(5, 5)).norm(), reference::dominated);
  const auto refusal = [&](const Matrix& wrong) {
    return message_of([&] { (void)fit_gmml(s, {.regularization = {.strength = 1.0, .matrix = wrong}}); });
  };
  EXPECT_THAT(refusal(Matrix::Identity(5, 5)), HasSubstr("must be a 6 x 6 matrix"));
  for (const Matrix& wrong : {Matrix(-prior), Matrix(Matrix::Ones(6, 6))})
    EXPECT_THAT(refusal(wrong), HasSubstr("must be positive definite"));
}

TEST(Gmml, OptionsOutOfBoundsAreNamed) {
  EXPECT_EQ(message_of([] { GmmlOptions::table().validate({.t = 1.1}); }), "t 1.1: must be between 0 and 1");
  EXPECT_EQ(message_of([] { GmmlOptions::table().validate({.regularization = {.strength = -1.0}}); }),
            "regularization -1: must be a number of at least 0");
}

}  // namespace
}  // namespace holdfast::learners
