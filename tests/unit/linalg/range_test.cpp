#include "holdfast/linalg/range.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace holdfast::linalg {
namespace {

TEST(Range, ValuesWhoseSquaresAreInRangeStayAsTheyAre) {
  for (const double size : {0.0, 1.0, 1e-50, 1e50, std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(range_exponent(size), 0) << size;
  }
}

TEST(Range, OthersComeBetweenOneAndTwo) {
  for (const double size : {5e-324, 1e-310, 1e-170, 3e100, 1.7e308}) {
    const double scaled = std::ldexp(size, range_exponent(size));
    EXPECT_GE(scaled, 1.0) << size;
    EXPECT_LT(scaled, 2.0) << size;
  }
}

TEST(Range, PowersOfTwoBeyondTheRangeScaleAndScaleBack) {
  const Matrix x{{5e-324, -1e-320}, {0.0, 3e-322}};
  const Matrix scaled = scaled_by_power(x, 1080);
  EXPECT_EQ(scaled(0, 0), 0x1p6);
  EXPECT_EQ(scaled_by_power(scaled, -1080), x);
}

TEST(Range, ScaledRadiiAreRoundedDown) {
  EXPECT_EQ(scaled_rounded_down(3.0, 4), 48.0);
  EXPECT_EQ(scaled_rounded_down(3.0, -1075), 0x1p-1074);   // 1.5 times the least number
  EXPECT_EQ(scaled_rounded_down(1.75, -1074), 0x1p-1074);  // to the nearest it would be twice that
  EXPECT_EQ(scaled_rounded_down(3.0, 2000), std::numeric_limits<double>::max());
  EXPECT_EQ(scaled_rounded_down(std::numeric_limits<double>::infinity(), -3), std::numeric_limits<double>::infinity());
}

TEST(Range, LengthsNeitherUnderflowNorOverflow) {
  for (const double size : {0x1p-1060, 0x1p-600, 1.0, 0x1p600, 0x1p1000}) {
    EXPECT_EQ(length(Vector{{3.0 * size, 4.0 * size}}), 5.0 * size) << size;
  }
  EXPECT_EQ(length(Vector::Zero(3)), 0.0);
}

}  // namespace
}  // namespace holdfast::linalg
