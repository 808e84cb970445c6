#include "holdfast/geometry/nearest_in_norm.hpp"

#include <gtest/gtest.h>

#include "reference/tolerance.hpp"

namespace holdfast::geometry {
namespace {

TEST(NearestInNorm, MeasuresEachNormByItsOwnSolver) {
  // |3 x - y| >= 6: the nearest point lies at the dual length of the normal.
  const Vector normal{{3.0, -1.0}};
  const std::vector<std::pair<Norm, Vector>> nearest = {
      {Norm::l2, Vector{{1.8, -0.6}}}, {Norm::l1, Vector{{2.0, 0.0}}}, {Norm::linf, Vector{{1.5, -1.5}}}};
  for (const auto& [norm, point] : nearest) {
    NearestInNorm solver(2, norm);
    ASSERT_TRUE(solver.add(normal, 6.0, 4));
    EXPECT_LT((solver.point() - point).norm(), reference::long_sums) << name(norm);
    EXPECT_NEAR(solver.length(), length(point, norm), reference::long_sums) << name(norm);
    EXPECT_EQ(solver.active_names(), std::vector<Index>{4});
    EXPECT_FALSE(solver.add(-normal, 6.0));
    EXPECT_GT(solver.unreachable_below(), 1e6);
    EXPECT_TRUE(solver.start_from({{normal, 3.0}}));
    EXPECT_NEAR(solver.length(), 0.5 * length(point, norm), reference::long_sums);
    EXPECT_EQ(solver.active_names(), std::vector<Index>{0});
  }
}

}  // namespace
}  // namespace holdfast::geometry
