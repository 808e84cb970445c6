#include "holdfast/geometry/half_space.hpp"

#include <gtest/gtest.h>

namespace holdfast::geometry {
namespace {

TEST(MostViolatedLimit, IsTheHalfSpaceOfTheLimitBrokenByMost) {
  const PerturbedClassifier classifier(Matrix::Identity(2, 2), {0, 1}, Matrix::Identity(2, 2));
  const Box limits{RowVector{{-1.0, -1.0}}, RowVector{{1.0, 2.0}}};
  EXPECT_FALSE(most_violated_limit(classifier, limits, Vector{{1.0, -1.0}}));
  const auto above = most_violated_limit(classifier, limits, Vector{{1.5, 4.0}});
  ASSERT_TRUE(above);
  EXPECT_EQ(above->normal, (Vector{{0.0, -1.0}}));
  EXPECT_EQ(above->bound, -2.0);
  const auto below = most_violated_limit(classifier, limits, Vector{{-4.0, 2.5}});
  ASSERT_TRUE(below);
  EXPECT_EQ(below->normal, (Vector{{1.0, 0.0}}));
  EXPECT_EQ(below->bound, -1.0);
}

TEST(MostViolatedLimit, InAnEllipsoidLimitsTheChangeOfTheRow) {
  const PerturbedClassifier classifier = PerturbedClassifier(Matrix::Identity(2, 2), {0, 1}, Matrix::Identity(2, 2))
                                             .in_ellipsoid(Matrix{{4.0, 1.0}, {1.0, 2.0}});
  const Box limits{RowVector::Constant(2, -0.1), RowVector::Constant(2, 0.1)};
  const Vector u{{3.0, 1.0}};
  const auto limit = most_violated_limit(classifier, limits, u);
  ASSERT_TRUE(limit);
  // normal . u is minus the broken entry of the change.
  EXPECT_NEAR(limit->normal.dot(u), -classifier.to_row_space(u).maxCoeff(), 1e-12);
  EXPECT_EQ(limit->bound, -0.1);
}

}  // namespace
}  // namespace holdfast::geometry
