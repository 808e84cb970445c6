#include "holdfast/geometry/query_rows.hpp"

#include <gtest/gtest.h>

#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::geometry {
namespace {

TEST(QueryRows, SplitsTheRowsByClassInTheOrderOfDistance) {
  const Matrix rows = reference::random_normal(40, 3, 1);
  std::vector<int> codes;
  for (int row = 0; row < 40; ++row) codes.push_back(row % 3);
  const PerturbedClassifier classifier(rows, codes, Matrix::Identity(3, 3));
  const Vector squared_lengths = rows.rowwise().squaredNorm();
  const RowVector query = reference::random_normal(1, 3, 2).row(0);
  const Vector products = rows * query.transpose();
  QueryRows around(classifier, squared_lengths);
  for (const Index left_out : {-1, 3, 4}) {
    around.take(query.data(), products.data(), 1, left_out);
    EXPECT_EQ(around.same_class().size(), left_out == 4 ? 12u : 13u);
    EXPECT_EQ(around.other_class_left(), left_out == 3 ? 26u : 27u);
    double last = 0.0;
    for (const RowDistance& at : around.same_class()) {
      EXPECT_EQ(classifier.code(at.row), 1);
      EXPECT_NE(at.row, left_out);
      EXPECT_NEAR(at.squared_distance, (rows.row(at.row) - query).squaredNorm(), around.error());
      EXPECT_GE(at.squared_distance, last);
      last = at.squared_distance;
    }
    last = 0.0;
    while (around.other_class_left() > 0) {
      const RowDistance next = around.nearest_other_class();
      const RowDistance taken = around.take_nearest_other_class();
      EXPECT_EQ(taken.row, next.row);
      EXPECT_NE(classifier.code(taken.row), 1);
      EXPECT_NE(taken.row, left_out);
      EXPECT_NEAR(around.distance_to(taken.row), taken.squared_distance, around.error());
      EXPECT_GE(taken.squared_distance, last);
      last = taken.squared_distance;
    }
  }
}

TEST(RowDistance, IsOrderedByDistanceThenRow) {
  EXPECT_TRUE((RowDistance{1.0, 9} < RowDistance{2.0, 0}));
  EXPECT_TRUE((RowDistance{1.0, 1} < RowDistance{1.0, 2}));
  EXPECT_FALSE((RowDistance{1.0, 2} < RowDistance{1.0, 2}));
  EXPECT_FALSE((RowDistance{2.0, 0} < RowDistance{1.0, 9}));
}

}  // namespace
}  // namespace holdfast::geometry
