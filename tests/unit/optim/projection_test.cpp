#include "holdfast/optim/projection.hpp"

#include <gtest/gtest.h>

#include "reference/random_data.hpp"

namespace holdfast::optim {
namespace {

/// The laws of every projection.
template <class Set>
class ProjectionLaws : public testing::Test {
 protected:
  static Vector projected(Vector x) {
    Set().project(x);
    return x;
  }
  /// Points inside, outside and on the bounds.
  static Vector point(std::uint64_t seed) { return reference::random_integers(8, 1, 5, seed).array() - 2.0; }
};
using Sets = testing::Types<Unbounded, Nonnegative>;
TYPED_TEST_SUITE(ProjectionLaws, Sets);

TYPED_TEST(ProjectionLaws, APointOfTheSetStays) {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    const Vector once = this->projected(this->point(seed));
    EXPECT_EQ(this->projected(once), once);
  }
}

TYPED_TEST(ProjectionLaws, ProjectionsAreNoFartherApart) {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    const Vector a = this->point(seed);
    const Vector b = this->point(seed + 100);
    EXPECT_LE((this->projected(a) - this->projected(b)).norm(), (a - b).norm());
  }
}

TYPED_TEST(ProjectionLaws, AShortStepAlongTheFreeGradientStaysInTheSet) {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    const Vector x = this->projected(this->point(seed));
    const Vector gradient = this->point(seed + 100);
    const Vector free = TypeParam().free_gradient(x, gradient);
    const Vector moved = x - 0.125 * free;
    EXPECT_EQ(this->projected(moved), moved);
    // What was left out is what the projection would undo.
    EXPECT_EQ(this->projected(x - 0.125 * gradient), moved);
  }
}

TEST(Nonnegative, RaisesNegativeEntriesToZeroAndKeepsTheOthers) {
  Vector x{{-1.0, 0.0, 2.0}};
  Nonnegative().project(x);
  EXPECT_EQ(x, (Vector{{0.0, 0.0, 2.0}}));
  EXPECT_EQ(Nonnegative().free_gradient(x, Vector{{1.0, -1.0, 1.0}}), (Vector{{0.0, -1.0, 1.0}}));
}

}  // namespace
}  // namespace holdfast::optim
