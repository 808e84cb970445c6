#include "holdfast/geometry/nearest_point.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::geometry {
namespace {

using reference::random_normal;

TEST(NearestPoint, OfOneHalfSpaceIsTheFootOfThePerpendicular) {
  NearestPoint nearest(2);
  EXPECT_EQ(nearest.length(), 0.0);
  ASSERT_TRUE(nearest.add(Vector{{3.0, 4.0}}, 10.0));
  EXPECT_NEAR((nearest.point() - Vector{{1.2, 1.6}}).norm(), 0.0, reference::few_operations);
  EXPECT_EQ(nearest.active(), 1);
}

TEST(NearestPoint, DropsAHalfSpaceThatAnotherMakesIdle) {
  NearestPoint nearest(2);
  ASSERT_TRUE(nearest.add(Vector{{1.0, 0.0}}, 1.0));
  ASSERT_TRUE(nearest.add(Vector{{1.0, 1.0}}, 4.0));  // its foot (2, 2) satisfies the first
  EXPECT_NEAR((nearest.point() - Vector{{2.0, 2.0}}).norm(), 0.0, reference::few_operations);
  EXPECT_EQ(nearest.active(), 1);
}

TEST(NearestPoint, SatisfiesTheConditionsOfTheOptimum) {
  // The point is in all half-spaces, and no point on the way to any other member is shorter.
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Matrix normals = random_normal(12, 5, seed);
    const Vector inside = random_normal(5, 1, seed + 100).col(0);
    const Vector bounds = normals * inside - random_normal(12, 1, seed + 200).col(0).cwiseAbs();
    NearestPoint nearest(5);
    for (int round = 0; round < 200; ++round) {
      Index worst = 0;
      if ((bounds - normals * nearest.point()).maxCoeff(&worst) <= reference::rounding) break;
      ASSERT_TRUE(nearest.add(normals.row(worst).transpose(), bounds[worst]));
    }
    EXPECT_TRUE(((normals * nearest.point() - bounds).array() >= -reference::spectral).all());
    // Projection of the origin: <x, member - x> >= 0 for every member.
    EXPECT_GE(nearest.point().dot(inside - nearest.point()), -reference::spectral);
    const Matrix others = random_normal(2000, 5, seed + 300) * 3.0;
    for (Index i = 0; i < others.rows(); ++i) {
      if ((bounds - normals * others.row(i).transpose()).maxCoeff() > 0.0) continue;
      EXPECT_GE(nearest.point().dot(others.row(i).transpose() - nearest.point()), -reference::spectral);
    }
  }
}

TEST(NearestPoint, IsTheSumOfTheActiveNormalsTimesTheirMultipliers) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Matrix normals = random_normal(8, 5, seed);
    const Vector bounds = normals * random_normal(5, 1, seed + 100).col(0);
    NearestPoint nearest(5);
    for (Index i = 0; i < normals.rows(); ++i) {
      if (normals.row(i).dot(nearest.point()) >= bounds[i]) continue;
      ASSERT_TRUE(nearest.add(normals.row(i).transpose(), bounds[i], i));
      ASSERT_NE(nearest.multipliers(), nullptr);
      Vector sum = Vector::Zero(5);
      for (std::size_t at = 0; at < nearest.multipliers()->size(); ++at) {
        EXPECT_GE((*nearest.multipliers())[at], 0.0);
        sum += (*nearest.multipliers())[at] * normals.row(nearest.active_names()[at]).transpose();
      }
      EXPECT_NEAR((sum - nearest.point()).norm(), 0.0, reference::spectral * (1.0 + nearest.length()));
    }
  }
  NearestPoint small(2);
  ASSERT_TRUE(small.add(Vector{{0.0, 1e-100}}, 1e-100));
  EXPECT_NEAR(small.length(), 1.0, reference::few_operations);
  EXPECT_EQ(small.multipliers(), nullptr) << "they are those of a multiple of the normal";
}

TEST(NearestPoint, KnowsAnEmptyPolyhedron) {
  NearestPoint nearest(2);
  ASSERT_TRUE(nearest.add(Vector{{1.0, 0.0}}, 1.0));
  EXPECT_FALSE(nearest.add(Vector{{-1.0, 0.0}}, 0.0));  // x >= 1 and x <= 0
  EXPECT_GT(nearest.unreachable_below(), 1e12);
  NearestPoint nothing(2);
  EXPECT_TRUE(nothing.add(Vector{{0.0, 0.0}}, -1.0));
  EXPECT_FALSE(nothing.add(Vector{{0.0, 0.0}}, 1.0));
  EXPECT_TRUE(std::isinf(nothing.unreachable_below()));
}

TEST(NearestPoint, HandlesNearlyParallelHalfSpaces) {
  // x >= 1, and a line that crosses its border at (1, 3) at an angle of a ten-millionth: beyond it, the nearest point
  // of both is on that line.
  const double angle = 1e-7;
  NearestPoint nearest(2);
  ASSERT_TRUE(nearest.add(Vector{{1.0, 0.0}}, 1.0));
  ASSERT_TRUE(nearest.add(Vector{{1.0, angle}}, 1.0 + 3.0 * angle));
  EXPECT_NEAR(nearest.point()[0], 1.0 + 3.0 * angle, reference::rounding);
  // x <= 1 as well leaves y >= 3.
  ASSERT_TRUE(nearest.add(Vector{{-1.0, 0.0}}, -1.0));
  EXPECT_NEAR((nearest.point() - Vector{{1.0, 3.0}}).norm(), 0.0, reference::root_of_rounding);
}

}  // namespace
}  // namespace holdfast::geometry
