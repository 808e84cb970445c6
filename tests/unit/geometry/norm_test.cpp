#include "holdfast/geometry/norm.hpp"

#include <gtest/gtest.h>

#include "reference/attempts.hpp"
#include "reference/messages.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::geometry {
namespace {

constexpr Norm all[] = {Norm::l1, Norm::l2, Norm::linf};

TEST(Norm, NamesAreParsed) {
  for (const Norm norm : all) EXPECT_EQ(parse_norm(name(norm)), norm);
  EXPECT_EQ(reference::message_of([] { (void)parse_norm("l7"); }), "norm \"l7\": must be l2, l1 or linf");
}

TEST(Norm, LengthsAreThoseOfTheDefinition) {
  const Vector v{{3.0, -4.0, 0.0}};
  EXPECT_EQ(length(v, Norm::l1), 7.0);
  EXPECT_EQ(length(v, Norm::l2), 5.0);
  EXPECT_EQ(length(v, Norm::linf), 4.0);
}

TEST(Norm, TheDualNormBoundsEveryProductAndIsReached) {
  for (const Norm norm : all) {
    EXPECT_EQ(dual(dual(norm)), norm);
    const Vector a = reference::random_normal(5, 1, 1).col(0);
    double largest = 0.0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      Vector v = reference::random_normal(5, 1, seed + 10).col(0);
      v /= length(v, norm);
      EXPECT_LE(a.dot(v), length(a, dual(norm)) * (1.0 + reference::rounding));
      v = reference::steepest(a, norm);
      EXPECT_NEAR(length(v, norm), 1.0, reference::rounding);
      largest = std::max(largest, a.dot(v));
    }
    EXPECT_NEAR(largest, length(a, dual(norm)), reference::rounding);
  }
}

}  // namespace
}  // namespace holdfast::geometry
