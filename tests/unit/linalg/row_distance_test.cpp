#include "holdfast/linalg/row_distance.hpp"

#include <gtest/gtest.h>

#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::linalg {
namespace {

using reference::random_normal;

TEST(RowDistance, EqualsItsDefinition) {
  for (const Index d : {1, 2, 7, 8, 9, 31}) {
    const Matrix rows = random_normal(2, d, 1);
    const RowVector difference = rows.row(0) - rows.row(1);
    const double* a = rows.row(0).data();
    const double* b = rows.row(1).data();
    EXPECT_NEAR(squared_distance(a, b, d), difference.squaredNorm(), reference::rounding);
    EXPECT_NEAR(l1_distance(a, b, d), difference.lpNorm<1>(), reference::rounding);
    EXPECT_EQ(linf_distance(a, b, d), difference.cwiseAbs().maxCoeff());
    EXPECT_NEAR(squared_length(a, d), rows.row(0).squaredNorm(), reference::rounding);
  }
}

TEST(RowDistance, OfEqualRowsIsExactlyZero) {
  const Matrix row = random_normal(1, 11, 1) * 1e100;
  EXPECT_EQ(squared_distance(row.data(), row.data(), 11), 0.0);
  EXPECT_EQ(l1_distance(row.data(), row.data(), 11), 0.0);
  EXPECT_EQ(linf_distance(row.data(), row.data(), 11), 0.0);
}

TEST(RowDistance, OfFloatsIsAddedUpInDouble) {
  const float a[2] = {1e20F, 0.0F};
  const float b[2] = {0.0F, 0.0F};
  EXPECT_EQ(squared_distance(a, b, 2), static_cast<double>(1e20F) * static_cast<double>(1e20F));
}

TEST(RowDistance, HasTheSameBitsWhereverARowBegins) {
  // Rows of an odd number of entries begin at every other address that vector instructions ask for.
  const Index d = 37;
  const RowVector row = random_normal(1, d, 1).row(0);
  const RowVector other = random_normal(1, d, 2).row(0);
  Matrix rows(9, d);
  rows.rowwise() = row;
  const Vector lengths = squared_lengths(rows);
  for (Index i = 0; i < rows.rows(); ++i) {
    EXPECT_EQ(lengths[i], squared_length(row.data(), d));
    EXPECT_EQ(squared_distance(rows.row(i).data(), other.data(), d), squared_distance(row.data(), other.data(), d));
    EXPECT_EQ(l1_distance(rows.row(i).data(), other.data(), d), l1_distance(row.data(), other.data(), d));
  }
}

}  // namespace
}  // namespace holdfast::linalg
