#include "holdfast/geometry/query_rows.hpp"

#include <gtest/gtest.h>

#include "reference/random_data.hpp"
#include "reference/surroundings.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::geometry {
namespace {

using reference::Surroundings;

std::vector<int> by_turns(int rows, int classes) {
  std::vector<int> codes;
  for (int row = 0; row < rows; ++row) codes.push_back(row % classes);
  return codes;
}

TEST(QueryRows, SplitsTheRowsByClassInTheOrderOfDistance) {
  const Matrix rows = reference::random_normal(40, 3, 1);
  const std::vector<int> codes = by_turns(40, 3);
  const PerturbedClassifier classifier(rows, codes, Matrix::Identity(3, 3));
  const RowVector query = reference::random_normal(1, 3, 2).row(0);
  Surroundings surroundings(classifier, query);
  QueryRows& around = surroundings.rows;
  for (const Index left_out : {-1, 3, 4}) {
    surroundings.take(1, left_out);
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

/// 900 rows in three classes around the origin, all at distance 1 but for parts of 2^-43, and its scores.
struct Shell {
  Matrix rows = reference::random_normal(900, 5, 1);
  RowVector query = RowVector::Zero(5);
  std::vector<int> codes;
  Shell() {
    for (Index row = 0; row < rows.rows(); ++row) {
      rows.row(row) *= (1.0 + 0x1p-43 * static_cast<double>((row * 379) % 900)) / rows.row(row).norm();
      codes.push_back(static_cast<int>(row % 3));
    }
  }
};

TEST(QueryRows, OrdersRowsThatTheFilterCannotTellApart) {
  const Shell shell;
  const PerturbedClassifier classifier(shell.rows, shell.codes, Matrix::Identity(5, 5));
  Surroundings surroundings(classifier, shell.query);
  QueryRows& around = surroundings.rows;
  surroundings.take(2);
  std::vector<RowDistance> same;
  std::vector<RowDistance> other;
  for (Index row = 0; row < classifier.size(); ++row) {
    (classifier.code(row) == 2 ? same : other).push_back({around.distance_to(row), row});
  }
  std::ranges::sort(same);
  std::ranges::sort(other);
  for (std::size_t n = 0; n < same.size(); ++n) ASSERT_EQ(*around.same_class(n), same[n]);
  EXPECT_EQ(around.same_class(same.size()), nullptr);
  for (const RowDistance& at : other) {
    ASSERT_EQ(*around.nearest_other_class(), at);
    (void)around.take_other_class();
  }
  EXPECT_EQ(around.nearest_other_class(), nullptr);
}

TEST(QueryRows, FindsEveryRowWithinADistance) {
  const Matrix rows = reference::random_normal(2000, 4, 1);
  const std::vector<int> codes = by_turns(2000, 2);
  const PerturbedClassifier classifier(rows, codes, Matrix::Identity(4, 4));
  const RowVector query = reference::random_normal(1, 4, 2).row(0);
  Surroundings surroundings(classifier, query);
  QueryRows& around = surroundings.rows;
  surroundings.take(0);
  for (const double within : {0.5, 1.0, 3.0, 1e3}) {
    std::size_t expected_same = 0;
    for (Index row = 0; row < 2000; row += 2) {
      if (around.distance_to(row) > within) continue;
      ++expected_same;
      const auto found = around.same_class_within(within);
      const auto at = std::ranges::find(found, row, &RowDistance::row);
      ASSERT_NE(at, found.end()) << row;
      ASSERT_LE(at->squared_distance, around.distance_to(row));
    }
    std::size_t same = 0;
    while (around.same_class(same, within) != nullptr) ++same;
    EXPECT_EQ(same, expected_same);
    while (const RowDistance* const next = around.next_other_class(within)) {
      ASSERT_LE(next->squared_distance, around.distance_to(next->row));
      (void)around.take_other_class();
    }
    std::size_t others_beyond = 0;
    for (Index row = 1; row < 2000; row += 2) others_beyond += around.distance_to(row) > within ? 1 : 0;
    // What is left is beyond; of the rest, none is lost.
    EXPECT_LE(around.other_class_left(), others_beyond);
    if (within == 1e3) {
      EXPECT_EQ(around.other_class_left(), 0u);
    }
  }
}

TEST(QueryRows, ASearchWithinExactlyADistanceEnds) {
  // Rows of a grid, the query one of them: distances that are 0 or equal, where rounding decides nothing.
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Matrix rows = reference::random_integers(600, 4, 4, seed);
    rows.array() += seed % 2 == 0 ? 0.0 : 1000.3;
    const std::vector<int> codes = by_turns(600, 2);
    const PerturbedClassifier classifier(rows, codes, Matrix::Identity(4, 4));
    const RowVector query = rows.row(0);
    Surroundings surroundings(classifier, query);
    QueryRows& around = surroundings.rows;
    for (const double within : {0.0, 1e-300, 1.0, 2.0, 3.0, 5.0}) {
      surroundings.take(0);
      Index expected = 0;
      for (Index row = 1; row < 600; row += 2) expected += around.distance_to(row) <= within ? 1 : 0;
      Index found = 0;
      while (around.other_class_left() > 0 && around.nearest_other_class(within) != nullptr) {
        EXPECT_LE(around.take_other_class().squared_distance, within);
        ++found;
      }
      EXPECT_EQ(found, expected) << seed << " " << within;
      surroundings.take(0);
      while (around.next_other_class(within) != nullptr) (void)around.take_other_class();
      EXPECT_NE(around.same_class(0, within), nullptr);
    }
  }
}

TEST(QueryRows, ManySearchesWithinALittleMoreEachFindEveryRow) {
  const Matrix rows = reference::random_normal(300, 3, 1);
  const PerturbedClassifier classifier(rows, std::vector<int>(300, 1), Matrix::Identity(3, 3));
  const RowVector query = RowVector::Zero(3);
  Surroundings surroundings(classifier, query);
  QueryRows& around = surroundings.rows;
  surroundings.take(0);
  for (double within = 0x1p-20; around.other_class_left() > 0 && within < 0x1p20; within *= 1.125) {
    while (around.nearest_other_class(within) != nullptr) (void)around.take_other_class();
  }
  EXPECT_EQ(around.other_class_left(), 0U);
}

TEST(QueryRows, PairBoundsBeforeMeasuringAreBelowThoseAfter) {
  const Matrix rows = reference::random_normal(60, 6, 1);
  const std::vector<int> codes = by_turns(60, 2);
  const PerturbedClassifier classifier(rows, codes, Matrix::Identity(6, 6));
  const RowVector query = reference::random_normal(1, 6, 2).row(0);
  Surroundings surroundings(classifier, query);
  QueryRows& around = surroundings.rows;
  surroundings.take(0);
  for (Index i = 0; i < 60; i += 2) {
    for (Index l = 1; l < 60; l += 2) {
      const RowDistance same{around.distance_to(i), i};
      const RowDistance other{around.distance_to(l), l};
      const double bound =
          (other.squared_distance - same.squared_distance) / (2.0 * (rows.row(i) - rows.row(l)).norm());
      const double before = around.pair_bound_at_least(same, other, 1.0);
      EXPECT_LE(before, std::max(0.0, bound));
      EXPECT_GE(before, bound * (1.0 - reference::root_of_float32));
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
