#include "holdfast/learners/perturbation.hpp"

#include <gtest/gtest.h>

namespace holdfast::learners {
namespace {

TEST(Perturbation, IsDerivedUnlessGivenAndOffAtTheWeightZero) {
  EXPECT_FALSE(Perturbation{}.is_off());
  EXPECT_FALSE((Perturbation{2.0, 0.5}).is_off());
  EXPECT_TRUE((Perturbation{0.0, {}}).is_off());
}

TEST(Perturbation, IsTheValueOfAnOptionAndBack) {
  for (const Perturbation& given : {Perturbation{}, Perturbation{2.0, 0.5}, Perturbation{2.0, {}}}) {
    EXPECT_EQ(Derivables(Perturbation::of(given)), Derivables(given));
  }
  EXPECT_TRUE(Perturbation::of(Perturbation{0.0, {}}).is_off());
  EXPECT_TRUE(Derivables(Perturbation{0.0, {}}).empty());
}

}  // namespace
}  // namespace holdfast::learners
