#include "holdfast/core/random.hpp"
#include "reference/tolerance.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace holdfast {
namespace {

TEST(Random, SameSeedAndStreamGiveTheSameNumbers) {
  Random a(7, 3);
  Random b(7, 3);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.normal(), b.normal());
}

TEST(Random, OtherSeedOrStreamGivesOtherNumbers) {
  EXPECT_NE(Random(7, 3).uniform(), Random(7, 4).uniform());
  EXPECT_NE(Random(7, 3).uniform(), Random(8, 3).uniform());
}

TEST(Random, NormalsHaveMeanZeroAndVarianceOne) {
  Random random(1);
  const int n = 200000;
  double sum = 0.0;
  double squares = 0.0;
  for (int i = 0; i < n; ++i) {
    const double x = random.normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / n, 0.0, reference::sampling_error(1.0, n));
  EXPECT_NEAR(squares / n, 1.0, reference::sampling_error(std::sqrt(2.0), n));
}

TEST(Random, BelowCoversItsRangeEvenly) {
  Random random(2);
  std::vector<int> counts(7, 0);
  for (int i = 0; i < 70000; ++i) ++counts[static_cast<std::size_t>(random.below(7))];
  for (const int count : counts)
    EXPECT_NEAR(count / 70000.0, 1.0 / 7.0, reference::sampling_error(std::sqrt(6.0) / 7.0, 70000));
}

TEST(Random, PermutationHoldsEveryIndexOnce) {
  std::vector<Index> order = Random(3).permutation(50);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (Index i = 0; i < 50; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

}  // namespace
}  // namespace holdfast
