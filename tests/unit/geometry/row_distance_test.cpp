#include "holdfast/geometry/row_distance.hpp"

#include <gtest/gtest.h>

namespace holdfast::geometry {
namespace {

TEST(RowDistance, IsOrderedByDistanceThenRow) {
  EXPECT_TRUE((RowDistance{1.0, 9} < RowDistance{2.0, 0}));
  EXPECT_TRUE((RowDistance{1.0, 1} < RowDistance{1.0, 2}));
  EXPECT_FALSE((RowDistance{1.0, 2} < RowDistance{1.0, 2}));
  EXPECT_FALSE((RowDistance{2.0, 0} < RowDistance{1.0, 9}));
}

}  // namespace
}  // namespace holdfast::geometry
