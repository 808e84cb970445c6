#include "holdfast/neighbors/distance_filter.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>

#include "holdfast/linalg/row_distance.hpp"
#include "holdfast/neighbors/exact_index.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::neighbors {
namespace {

using reference::random_normal;

constexpr double infinity = std::numeric_limits<double>::infinity();

double squared_distance(const Matrix& a, Index i, const Matrix& b, Index l) {
  return linalg::squared_distance(a.row(i).data(), b.row(l).data(), a.cols());
}

/// Rows near a few directions, as images are: the filter shortens them.
Matrix near_few_directions(Index rows, std::uint64_t seed) {
  return random_normal(rows, 40, seed) * random_normal(40, 300, 1) + 0.1 * random_normal(rows, 300, seed + 1);
}

/// Every bound is at most what it bounds.
void expect_sound(const Matrix& queries, const Matrix& rows) {
  const DistanceFilter filter(rows);
  const DistanceFilter::Queries prepared = filter.prepare(queries);
  const DistanceFilter::Scores scores = filter.scores(prepared);
  for (Index q = 0; q < queries.rows(); ++q) {
    const double shift = scores.shifts[q];
    for (Index row = 0; row < rows.rows(); ++row) {
      const double squared = squared_distance(queries, q, rows, row);
      const float score = scores.all(q, row);
      ASSERT_LE(filter.at_least(score, shift), squared) << "query " << q << " row " << row;
      ASSERT_LT(score, filter.score_above(squared, shift)) << "query " << q << " row " << row;
      ASSERT_LE(filter.distance_at_least(prepared, q, row), std::sqrt(squared)) << "query " << q << " row " << row;
      ASSERT_LE(scores.least(q, row / filter.panel_width()), score);
    }
  }
  for (Index a = 0; a < std::min<Index>(rows.rows(), 40); ++a) {
    for (Index b = 0; b < std::min<Index>(rows.rows(), 40); ++b) {
      const double distance = std::sqrt(squared_distance(rows, a, rows, b));
      ASSERT_LE(filter.distance_at_least(a, b), distance) << a << " and " << b;
      ASSERT_GE(filter.distance_at_most(a, b), distance) << a << " and " << b;
    }
  }
}

/// The mean of the bound of a squared distance, as a share of it.
double share_bounded(const Matrix& queries, const Matrix& rows) {
  const DistanceFilter filter(rows);
  const DistanceFilter::Scores scores = filter.scores(filter.prepare(queries));
  double sum = 0.0;
  for (Index q = 0; q < queries.rows(); ++q) {
    for (Index row = 0; row < rows.rows(); ++row) {
      sum += filter.at_least(scores.all(q, row), scores.shifts[q]) / squared_distance(queries, q, rows, row);
    }
  }
  return sum / static_cast<double>(queries.rows() * rows.rows());
}

TEST(DistanceFilter, BoundsHoldForAllRows) {
  for (const Index columns : {1, 3, 17, 50, 130}) {
    SCOPED_TRACE(columns);
    expect_sound(random_normal(30, columns, 1), random_normal(400, columns, 2));
  }
}

TEST(DistanceFilter, BoundsHoldForRowsThatNearlyCoincide) {
  // Distances of 1e-12 to 1e-2 beside lengths of 1, where rounding decides.
  const Matrix base = random_normal(1, 60, 1);
  Matrix rows = random_normal(300, 60, 2);
  for (Index row = 0; row < 280; ++row) {
    rows.row(row) = base.row(0) + std::pow(10.0, -2.0 - static_cast<double>(row % 11)) * rows.row(row);
  }
  expect_sound(rows.topRows(40), rows);
}

TEST(DistanceFilter, BoundsHoldAtAnyScaleAndOffset) {
  const Matrix rows = random_normal(100, 12, 1);
  const Matrix queries = random_normal(10, 12, 2);
  for (const int exponent : {-1000, -480, -140, -60, 60, 140, 480}) {
    SCOPED_TRACE(exponent);
    const double scale = std::ldexp(1.0, exponent);
    expect_sound(scale * queries, scale * rows);
    expect_sound(queries, scale * rows);
    expect_sound(scale * queries, rows);
    expect_sound((scale * queries).array() + 1e8 * scale, (scale * rows).array() + 1e8 * scale);
    Matrix with_outlier = rows;
    with_outlier.row(7) *= scale;
    expect_sound(queries, with_outlier);
  }
}

TEST(DistanceFilter, BoundsOfShortenedRowsHold) {
  const Matrix rows = near_few_directions(4200, 10);
  ASSERT_TRUE(DistanceFilter(rows).is_shortened());
  expect_sound(near_few_directions(5, 20), rows);
  expect_sound(random_normal(5, 300, 3), rows);
  expect_sound(rows.topRows(5), rows);
  EXPECT_FALSE(DistanceFilter(random_normal(4200, 300, 4)).is_shortened());
  EXPECT_FALSE(DistanceFilter(near_few_directions(1000, 10)).is_shortened());
}

TEST(DistanceFilter, BoundsAreClose) {
  EXPECT_GT(share_bounded(random_normal(10, 50, 1), random_normal(300, 50, 2)), 1.0 - reference::visible);
  const Matrix scaled = 0x1p-150 * random_normal(300, 50, 2);
  EXPECT_GT(share_bounded(0x1p-150 * random_normal(10, 50, 1), scaled), 1.0 - reference::visible);
  EXPECT_GT(share_bounded(near_few_directions(5, 20), near_few_directions(4200, 10)), 0.95);
}

TEST(DistanceFilter, AnOutlierDoesNotLoosenTheBoundsOfOtherRows) {
  Matrix rows = random_normal(300, 20, 2);
  rows.row(5) *= 1e6;
  EXPECT_GT(share_bounded(random_normal(10, 20, 1), rows.topRows(300)), 0.9);
}

TEST(DistanceFilter, QueriesBeyondFloat32HaveNoBound) {
  const Matrix rows = random_normal(100, 4, 1);
  const DistanceFilter filter(rows);
  const DistanceFilter::Queries far = filter.prepare(Matrix::Constant(1, 4, 0x1p100));
  EXPECT_EQ(far.shifts[0], -infinity);
  EXPECT_EQ(filter.score_above(1.0, far.shifts[0]), std::numeric_limits<float>::infinity());
  const DistanceFilter::Scores scores = filter.scores(far);
  for (Index row = 0; row < 100; ++row) {
    EXPECT_EQ(filter.at_least(scores.all(0, row), far.shifts[0]), 0.0);
    EXPECT_EQ(filter.distance_at_least(far, 0, row), 0.0);
  }
}

/// The rows in the order of (distance, row), by measuring each.
std::vector<Index> order_of(const Matrix& query, const Matrix& rows) {
  std::vector<std::pair<double, Index>> measured;
  for (Index row = 0; row < rows.rows(); ++row) measured.emplace_back(squared_distance(query, 0, rows, row), row);
  std::ranges::sort(measured);
  std::vector<Index> order;
  for (const auto& [squared, row] : measured) order.push_back(row);
  return order;
}

void expect_order(const Matrix& query, const Matrix& rows, Index k) {
  const std::vector<Index> expected = order_of(query, rows);
  const Neighbors found = nearest(query, rows, k);
  for (Index i = 0; i < k; ++i) {
    ASSERT_EQ(found.rows(0, i), expected[static_cast<std::size_t>(i)]) << "neighbour " << i;
    ASSERT_EQ(found.squared_distances(0, i), squared_distance(query, 0, rows, found.rows(0, i)));
  }
}

TEST(ExactIndexOverFilter, OrdersRowsThatFloat32CannotTellApart) {
  // All rows at distance 1, but for parts of 2^-43 that only float64 sees.
  Matrix rows = random_normal(700, 30, 1);
  for (Index row = 0; row < rows.rows(); ++row) {
    rows.row(row) *= (1.0 + 0x1p-43 * static_cast<double>((row * 379) % 700)) / rows.row(row).norm();
  }
  expect_order(Matrix::Zero(1, 30), rows, 9);
  expect_order(Matrix::Constant(1, 30, 1e7), rows.array() + 1e7, 9);
  expect_order(Matrix::Zero(1, 30), 0x1p-150 * rows, 9);
  expect_order(Matrix::Zero(1, 30), 0x1p150 * rows, 9);
}

TEST(ExactIndexOverFilter, FindsNeighboursOfShortenedRows) {
  const Matrix rows = near_few_directions(4200, 10);
  const Matrix queries = near_few_directions(20, 20);
  for (Index q = 0; q < queries.rows(); ++q) expect_order(queries.row(q), rows, 11);
  // At a right angle to the directions, so that the bounds do not tell which rows are nearest.
  const Matrix mixing = random_normal(40, 300, 1);
  Matrix query = random_normal(1, 300, 3);
  query -= query * mixing.transpose() * (mixing * mixing.transpose()).inverse() * mixing;
  expect_order(1e4 * query, rows, 11);
}

TEST(ExactIndexOverFilter, FindsNeighboursOfFarQueries) {
  const Matrix rows = random_normal(500, 6, 1);
  expect_order(Matrix::Constant(1, 6, 0x1p30), rows, 5);
  expect_order(Matrix::Constant(1, 6, 0x1p100), rows, 5);
}

}  // namespace
}  // namespace holdfast::neighbors
