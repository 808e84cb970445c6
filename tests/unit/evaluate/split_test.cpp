#include "holdfast/evaluate/split.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "holdfast/core/error.hpp"

namespace holdfast::evaluate {
namespace {

TEST(Split, CutsAllRowsInTwo) {
  const Split split = random_split(10, 0.7, 3);
  EXPECT_EQ(split.train.size(), 7u);
  EXPECT_EQ(split.test.size(), 3u);
  std::vector<Index> all = split.train;
  all.insert(all.end(), split.test.begin(), split.test.end());
  std::sort(all.begin(), all.end());
  for (Index i = 0; i < 10; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)], i);
  EXPECT_THROW((void)random_split(1, 0.7, 3), InputError);
}

}  // namespace
}  // namespace holdfast::evaluate
