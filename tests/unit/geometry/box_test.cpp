#include "holdfast/geometry/box.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "holdfast/core/error.hpp"
#include "reference/messages.hpp"

namespace holdfast::geometry {
namespace {

const Box box{RowVector{{0.0, -1.0}}, RowVector{{1.0, std::numeric_limits<double>::infinity()}}};

TEST(Box, ClampsEntryByEntry) {
  EXPECT_EQ(box.clamp(RowVector{{2.0, -3.0}}), (RowVector{{1.0, -1.0}}));
  EXPECT_EQ(box.clamp(RowVector{{0.5, 1e9}}), (RowVector{{0.5, 1e9}}));
}

TEST(Box, AroundARowIsTheBoxOfItsChanges) {
  const Box around = box.around(RowVector{{0.25, 2.0}});
  EXPECT_EQ(around.lower, (RowVector{{-0.25, -3.0}}));
  EXPECT_EQ(around.upper[0], 0.75);
  EXPECT_TRUE(std::isinf(around.upper[1]));
}

TEST(Box, NamesTheRowAndColumnOutside) {
  box.require_within(Matrix{{0.0, 0.0}, {1.0, 5.0}});
  EXPECT_EQ(reference::message_of([] {
              box.require_within(Matrix{{0.0, 0.0}, {0.5, -2.0}});
            }),
            "box: row 1 has -2 in column 2, outside its limits -1 and inf; limits are in the units of `space`");
  EXPECT_THROW(box.require_within(Matrix::Zero(1, 2) * std::nan("")), InputError);
  EXPECT_THROW(box.require_within(Matrix::Zero(1, 3)), std::invalid_argument);
}

}  // namespace
}  // namespace holdfast::geometry
