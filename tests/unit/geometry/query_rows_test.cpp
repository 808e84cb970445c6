#include "holdfast/geometry/query_rows.hpp"

#include <gtest/gtest.h>

#include "reference/random_data.hpp"

namespace holdfast::geometry {
namespace {

TEST(QueryRows, SplitsTheRowsByClassInTheOrderOfDistance) {
  const Matrix rows = reference::random_normal(40, 3, 1);
  std::vector<int> codes;
  for (int row = 0; row < 40; ++row) codes.push_back(row % 3);
  const PerturbedClassifier classifier(rows, codes, Matrix::Identity(3, 3));
  const RowVector query = reference::random_normal(1, 3, 2).row(0);
  const neighbors::DistanceFilter& filter = classifier.index().filter();
  const neighbors::DistanceFilter::Scores scores = filter.scores(filter.prepare(query));
  const std::vector<Index> sizes = class_sizes(classifier);
  QueryRows around(classifier, sizes);
  for (const Index left_out : {-1, 3, 4}) {
    around.take(query.data(), scores, 0, 1, left_out);
    EXPECT_EQ(around.same_class_size(), left_out == 4 ? 12u : 13u);
    EXPECT_EQ(around.other_class_left(), left_out == 3 ? 26u : 27u);
    double last = 0.0;
    for (const RowDistance& at : around.nearest_of_class(40)) {
      EXPECT_EQ(classifier.code(at.row), 1);
      EXPECT_NE(at.row, left_out);
      EXPECT_EQ(at.squared_distance, around.distance_to(at.row));
      EXPECT_GE(at.squared_distance, last);
      last = at.squared_distance;
    }
    last = 0.0;
    while (around.other_class_left() > 0) {
      const RowDistance next = *around.nearest_other_class();
      const RowDistance taken = around.take_other_class();
      EXPECT_EQ(taken.row, next.row);
      EXPECT_NE(classifier.code(taken.row), 1);
      EXPECT_NE(taken.row, left_out);
      EXPECT_EQ(around.distance_to(taken.row), taken.squared_distance);
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
