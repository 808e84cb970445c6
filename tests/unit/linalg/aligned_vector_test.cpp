#include "holdfast/linalg/aligned_vector.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace holdfast::linalg {
namespace {

TEST(AlignedVector, BeginsAtACacheLineHoweverItGrows) {
  AlignedVector<double> values;
  for (int i = 0; i < 1000; ++i) {
    values.push_back(i);
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(values.data()) % 64, 0u);
  }
  EXPECT_EQ(values[999], 999.0);
  EXPECT_EQ(AlignedVector<double>(values), values);
}

}  // namespace
}  // namespace holdfast::linalg
