#include "holdfast/geometry/simplex_point.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/core/random.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::geometry {
namespace {

struct HalfSpaces {
  Matrix normals;
  Vector bounds;
};

/// Half-spaces around a far point, with integer normals if they are to tie.
HalfSpaces around_a_point(Index count, Index dimension, std::uint64_t seed, bool ties) {
  HalfSpaces some;
  some.normals = ties ? Matrix(reference::random_integers(count, dimension, 3, seed).array() - 1.0)
                      : reference::random_normal(count, dimension, seed);
  const Vector inside = 3.0 * reference::random_normal(dimension, 1, seed + 100).col(0);
  some.bounds = some.normals * inside - reference::random_normal(count, 1, seed + 200).col(0).cwiseAbs();
  return some;
}

/// Adds what is violated until nothing is. False if the solver finds no point.
bool solve(const HalfSpaces& given, SimplexPoint& nearest) {
  for (int step = 0; step < 10'000; ++step) {
    Index worst = 0;
    const Vector missing = given.bounds - given.normals * nearest.point();
    if (missing.maxCoeff(&worst) <= reference::rounding) return true;
    if (!nearest.add(given.normals.row(worst).transpose(), given.bounds[worst], worst)) return false;
  }
  ADD_FAILURE() << "does not end";
  return false;
}

TEST(SimplexPoint, ItsPointIsAsLongAsItsMultipliersProve) {
  // A point in all half-spaces whose length is that of the lower bound is the nearest (strong duality).
  int nontrivial = 0;
  for (const Norm norm : {Norm::l1, Norm::linf}) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      const auto dimension = static_cast<Index>(1 + seed % 8);
      const HalfSpaces some = around_a_point(static_cast<Index>(1 + seed % 23), dimension, seed, seed % 2 == 0);
      SimplexPoint nearest(dimension, norm);
      ASSERT_TRUE(solve(some, nearest)) << name(norm) << " seed " << seed;
      EXPECT_NEAR(length(nearest.point(), norm), nearest.length(), reference::long_sums * (1.0 + nearest.length()))
          << name(norm) << " seed " << seed;
      nontrivial += nearest.active_names().size() > 1 ? 1 : 0;
    }
  }
  EXPECT_GT(nontrivial, 100);
}

TEST(SimplexPoint, NoPointOfTheHalfSpacesIsShorter) {
  // The bound itself is put to the test: points of the half-spaces, drawn and pushed inside, are never shorter.
  for (const Norm norm : {Norm::l1, Norm::linf}) {
    int inside = 0;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      const HalfSpaces some = around_a_point(4, 3, seed, false);
      SimplexPoint nearest(3, norm);
      ASSERT_TRUE(solve(some, nearest));
      Random random(seed);
      for (int round = 0; round < 20'000; ++round) {
        Vector x(3);
        for (double& value : x) value = 6.0 * random.normal();
        if ((some.normals * x - some.bounds).minCoeff() < 0.0) continue;
        ++inside;
        EXPECT_GE(length(x, norm), nearest.length() - reference::rounding);
      }
    }
    EXPECT_GT(inside, 10'000);
  }
}

TEST(SimplexPoint, SaysThatNoPointIsInOpposedHalfSpaces) {
  for (const Norm norm : {Norm::l1, Norm::linf}) {
    SimplexPoint nearest(2, norm);
    EXPECT_TRUE(nearest.add(Vector{{1.0, 1.0}}, 1.0));
    EXPECT_FALSE(nearest.add(Vector{{-1.0, -1.0}}, 1.0));
    EXPECT_GT(nearest.unreachable_below(), 1e6);
  }
}

TEST(SimplexPoint, OneHalfSpaceIsReachedAtItsDualLength) {
  const Vector normal{{3.0, -1.0}};
  SimplexPoint l1(2, Norm::l1);
  ASSERT_TRUE(l1.add(normal, 6.0));
  EXPECT_NEAR(l1.length(), 2.0, reference::long_sums);
  EXPECT_LT((l1.point() - Vector{{2.0, 0.0}}).norm(), reference::long_sums);
  SimplexPoint linf(2, Norm::linf);
  ASSERT_TRUE(linf.add(normal, 6.0));
  EXPECT_NEAR(linf.length(), 1.5, reference::long_sums);
  EXPECT_LT((linf.point() - Vector{{1.5, -1.5}}).norm(), reference::long_sums);
}

TEST(SimplexPoint, StartsFromTheHalfSpacesThatWereActive) {
  for (const Norm norm : {Norm::l1, Norm::linf}) {
    const HalfSpaces some = around_a_point(12, 5, 3, false);
    SimplexPoint nearest(5, norm);
    ASSERT_TRUE(solve(some, nearest));
    std::vector<HalfSpace> active;
    for (const Index row : nearest.active_names())
      active.push_back({some.normals.row(row).transpose(), some.bounds[row]});
    SimplexPoint again(5, norm);
    EXPECT_TRUE(again.start_from(active));
    EXPECT_NEAR(again.length(), nearest.length(), reference::long_sums);
  }
}

}  // namespace
}  // namespace holdfast::geometry
