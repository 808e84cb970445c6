#include "holdfast/neighbors/exact_index.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "reference/brute_force_knn.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::neighbors {
namespace {

using reference::nearest_rows;
using reference::random_integers;
using reference::random_normal;

struct Shape {
  Index rows, dimension, queries, k;
};

void PrintTo(const Shape& shape, std::ostream* out) {
  *out << shape.rows << " x " << shape.dimension << ", " << shape.queries << " queries, k " << shape.k;
}

/// Each row of x as the reference row that is left out for it.
std::vector<Index> themselves(const Matrix& x) {
  std::vector<Index> rows(static_cast<std::size_t>(x.rows()));
  std::iota(rows.begin(), rows.end(), Index{0});
  return rows;
}

void expect_equal_to_oracle(const Matrix& queries, const Matrix& rows, Index k, bool exclude_self = false) {
  const Neighbors found =
      nearest(queries, rows, k, {.left_out = exclude_self ? themselves(queries) : std::vector<Index>()});
  for (Index q = 0; q < queries.rows(); ++q) {
    const std::vector<Index> expected = nearest_rows(queries.row(q), rows, k, exclude_self ? q : -1);
    for (Index i = 0; i < k; ++i) {
      const Index row = expected[static_cast<std::size_t>(i)];
      ASSERT_EQ(found.rows(q, i), row) << "query " << q << " neighbour " << i;
      ASSERT_NEAR(found.squared_distances(q, i), (rows.row(row) - queries.row(q)).squaredNorm(),
                  reference::rounding * (1.0 + found.squared_distances(q, i)));
    }
  }
}

class ExactIndexShapes : public testing::TestWithParam<Shape> {};

TEST_P(ExactIndexShapes, EqualsBruteForceOnContinuousData) {
  const Shape shape = GetParam();
  expect_equal_to_oracle(random_normal(shape.queries, shape.dimension, 1),
                         random_normal(shape.rows, shape.dimension, 2), shape.k);
}

TEST_P(ExactIndexShapes, EqualsBruteForceOnTiedData) {
  const Shape shape = GetParam();
  expect_equal_to_oracle(random_integers(shape.queries, shape.dimension, 3, 1),
                         random_integers(shape.rows, shape.dimension, 3, 2), shape.k);
}

TEST_P(ExactIndexShapes, EqualsBruteForceFarFromTheOrigin) {
  const Shape shape = GetParam();
  const Matrix offset = Matrix::Constant(1, shape.dimension, 1e6);
  const Matrix rows = random_normal(shape.rows, shape.dimension, 2).rowwise() + offset.row(0);
  const Matrix queries = random_normal(shape.queries, shape.dimension, 1).rowwise() + offset.row(0);
  expect_equal_to_oracle(queries, rows, shape.k);
}

INSTANTIATE_TEST_SUITE_P(Sizes, ExactIndexShapes,
                         testing::Values(Shape{1, 1, 1, 1}, Shape{5, 2, 3, 5}, Shape{23, 3, 17, 4}, Shape{24, 8, 8, 1},
                                         Shape{25, 9, 9, 25}, Shape{200, 14, 50, 3}, Shape{1000, 5, 300, 40},
                                         Shape{500, 100, 40, 7}, Shape{97, 17, 33, 96}));

TEST(ExactIndex, LeavesTheRowItselfOut) {
  const Matrix x = random_integers(120, 2, 4, 5);  // many duplicates
  expect_equal_to_oracle(x, x, 3, true);
  expect_equal_to_oracle(x, x, 119, true);
}

TEST(ExactIndex, DuplicatesOfOneRowComeInRowOrder) {
  const Matrix x = Matrix::Constant(300, 4, 0.1);
  const Neighbors found = nearest(x.topRows(2), x, 5);
  for (Index i = 0; i < 5; ++i) {
    EXPECT_EQ(found.rows(0, i), i);
    EXPECT_EQ(found.squared_distances(0, i), 0.0);
  }
}

TEST(ExactIndex, ValuesWhoseSquaresOverflowStillGiveAnAnswer) {
  const Matrix x = Matrix{{1e200}, {-1e200}, {2e200}};
  const Neighbors found = nearest(Matrix{{2e200}}, x, 1);
  EXPECT_EQ(found.rows(0, 0), 2);
}

TEST(ExactIndex, Float32AgreesWithDistancesOfTheRoundedValues) {
  const MatrixF rows = random_normal(700, 20, 1).cast<float>();
  const MatrixF queries = random_normal(60, 20, 2).cast<float>();
  const Neighbors found = ExactIndex<float>(rows).search(queries, 5);
  for (Index q = 0; q < 60; ++q) {
    const auto expected = nearest_rows(queries.row(q).cast<double>(), rows.cast<double>(), 5);
    for (Index i = 0; i < 5; ++i) ASSERT_EQ(found.rows(q, i), expected[static_cast<std::size_t>(i)]);
  }
}

TEST(ExactIndex, AnyNumberOfThreadsGivesTheSameBits) {
  const Matrix x = random_normal(900, 12, 3);
  const int before = thread_count();
  set_thread_count(1);
  const Neighbors one = nearest(x, x, 4, {.left_out = themselves(x)});
  set_thread_count(5);
  const Neighbors five = nearest(x, x, 4, {.left_out = themselves(x)});
  set_thread_count(before);
  EXPECT_EQ(one.rows, five.rows);
  EXPECT_EQ(one.squared_distances, five.squared_distances);
}

TEST(ExactIndex, KBeyondTheRowsIsRefused) {
  const Matrix x = random_normal(3, 2, 1);
  EXPECT_THROW((void)nearest(x, x, 4), InputError);
  EXPECT_THROW((void)nearest(x, x, 3, {.left_out = themselves(x)}), InputError);
  EXPECT_THROW((void)nearest(x, x, 0), InputError);
}

TEST(ExactIndex, AnObserverMayStopTheSearch) {
  const Matrix x = random_normal(50, 2, 1);
  EXPECT_THROW((void)nearest(x, x, 1, {.observer = [](const Progress&) { return Action::stop; }}), Stopped);
}

}  // namespace
}  // namespace holdfast::neighbors
