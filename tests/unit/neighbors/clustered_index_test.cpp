#include "holdfast/neighbors/clustered_index.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "holdfast/core/parallel.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::neighbors {
namespace {

using reference::random_integers;
using reference::random_normal;
using Among = ClusteredIndex::Among;

constexpr Index row_count = 10000;

/// Every 97th row.
std::vector<Index> some_rows() {
  std::vector<Index> rows;
  for (Index row = 0; row < row_count; row += 97) rows.push_back(row);
  return rows;
}

/// Parts 0, 2 and 3 of very different sizes; there is no part 1.
std::vector<int> unequal_parts() {
  std::vector<int> parts(row_count);
  for (std::size_t row = 0; row < parts.size(); ++row) parts[row] = row % 1000 == 0 ? 3 : row % 3 == 0 ? 2 : 0;
  return parts;
}

/// Clusters in `dimension` columns, of which the first two matter most.
Matrix clusters(Index dimension, std::uint64_t seed) {
  Matrix x = random_normal(row_count, dimension, seed);
  const Matrix centres = 4.0 * random_normal(40, dimension, seed + 1);
  for (Index row = 0; row < row_count; ++row) x.row(row) += centres.row(row % 40);
  x.leftCols(2) *= 5.0;
  return x;
}

/// The rows in question for a query, by ExactIndex.
Neighbors expected_of(const Matrix& x, std::span<const int> parts, Index query, Index k, Among among) {
  std::vector<Index> candidates;
  for (Index row = 0; row < x.rows(); ++row) {
    const bool own = parts.empty() || parts[static_cast<std::size_t>(row)] == parts[static_cast<std::size_t>(query)];
    if (row != query && (among == Among::all || own == (among == Among::own_part))) candidates.push_back(row);
  }
  const Matrix rows = x(candidates, Eigen::all);
  Neighbors found{RowMatrix<std::int32_t>::Constant(1, k, -1),
                  Matrix::Constant(1, k, std::numeric_limits<double>::infinity())};
  const Index count = std::min(k, rows.rows());
  if (count == 0) return found;
  const Neighbors part = nearest(x.row(query), rows, count);
  for (Index i = 0; i < count; ++i) {
    found.rows(0, i) = static_cast<std::int32_t>(candidates[static_cast<std::size_t>(part.rows(0, i))]);
    found.squared_distances(0, i) = part.squared_distances(0, i);
  }
  return found;
}

void expect_exact(const Matrix& x, std::span<const int> parts, Index k) {
  const ClusteredIndex index(x, parts);
  const std::vector<Index> queries = some_rows();
  for (const Among among : {Among::all, Among::own_part, Among::other_parts}) {
    if (parts.empty() && among == Among::other_parts) continue;
    const Neighbors found = index.search(queries, k, among);
    for (std::size_t q = 0; q < queries.size(); ++q) {
      const Neighbors expected = expected_of(x, parts, queries[q], k, among);
      ASSERT_EQ(found.rows.row(static_cast<Index>(q)), expected.rows.row(0)) << "row " << queries[q];
      ASSERT_EQ(found.squared_distances.row(static_cast<Index>(q)), expected.squared_distances.row(0));
    }
  }
}

TEST(ClusteredIndex, EqualsExactIndexOnClusters) {
  expect_exact(clusters(5, 1), {}, 3);
  expect_exact(clusters(5, 1), unequal_parts(), 3);
}

TEST(ClusteredIndex, EqualsExactIndexWithoutClusters) {
  expect_exact(random_normal(row_count, 12, 3), {}, 7);
  expect_exact(random_normal(row_count, 1, 4), unequal_parts(), 2);
}

TEST(ClusteredIndex, EqualsExactIndexOnTiedRows) {
  expect_exact(random_integers(row_count, 3, 6, 5), {}, 5);
  expect_exact(random_integers(row_count, 3, 6, 5), unequal_parts(), 40);
  expect_exact(1e25 * random_integers(row_count, 1, 6, 5), {}, 5);  // groups of equal rows
}

TEST(ClusteredIndex, EqualsExactIndexFarFromTheOriginAndAtAnyScale) {
  const Matrix x = clusters(4, 6);
  expect_exact((x.array() + 1e6).matrix(), {}, 3);
  expect_exact(1e-20 * x, unequal_parts(), 3);
  expect_exact(1e20 * x, {}, 3);
}

TEST(ClusteredIndex, APartOfFewRowsHasFewNeighbours) {
  std::vector<int> parts(row_count, 0);
  parts[97] = parts[5] = parts[6] = 1;
  parts[194] = 2;
  expect_exact(clusters(4, 7), parts, 4);
  const ClusteredIndex index(clusters(4, 7), parts);
  const Neighbors found = index.search(std::vector<Index>{194}, 4, Among::own_part);
  EXPECT_EQ(found.rows.row(0).maxCoeff(), -1);
}

TEST(ClusteredIndex, OneFarRowDoesNotHideTheOthers) {
  Matrix x = clusters(4, 8);
  x.row(97).setConstant(1e9);
  expect_exact(x, {}, 3);
}

TEST(ClusteredIndex, LooksAtFewRowsWhereTheyAreInClusters) {
  const ClusteredIndex index(clusters(5, 1));
  const ClusteredIndex::Plan plan = index.plan(some_rows(), 3, Among::all);
  EXPECT_EQ(plan.reach, 1.0);
  EXPECT_EQ(plan.recall, 1.0);
  EXPECT_LT(plan.share, 0.1);
  EXPECT_TRUE(plan.pays());
  EXPECT_GT(plan.share, 0.0);
}

TEST(ClusteredIndex, DoesNotPayWhereEveryGroupIsNear) {
  const ClusteredIndex index(random_normal(row_count, 60, 9));
  const ClusteredIndex::Plan plan = index.plan(some_rows(), 3, Among::all);
  EXPECT_GT(plan.share, 0.9);
  EXPECT_FALSE(plan.pays());
}

TEST(ClusteredIndex, AnApproximateSearchFindsTheShareThatItSays) {
  const Matrix x = random_normal(row_count, 12, 10);
  const ClusteredIndex index(x);
  const ClusteredIndex::Plan exact = index.plan(some_rows(), 5, Among::all);
  const ClusteredIndex::Plan plan = index.plan(some_rows(), 5, Among::all, 0.95);
  EXPECT_LT(plan.reach, 1.0);
  EXPECT_LT(plan.share, 0.7 * exact.share);
  std::vector<Index> queries(row_count);
  std::iota(queries.begin(), queries.end(), Index{0});
  const Neighbors all = index.search(queries, 5, Among::all);
  const Neighbors found = index.search(queries, 5, Among::all, plan.reach);
  Index right = 0;
  for (Index q = 0; q < row_count; ++q) {
    for (const std::int32_t row : all.rows.row(q)) right += (found.rows.row(q).array() == row).any() ? 1 : 0;
  }
  const double recall = static_cast<double>(right) / (5.0 * row_count);
  EXPECT_GT(recall, 0.93);
  EXPECT_LT(recall, 1.0) << "nothing was passed over";
  // Fifty rows measured it; the neighbours of a row are found together or not.
  EXPECT_NEAR(plan.recall, recall, reference::sampling_error(std::sqrt(recall * (1.0 - recall)), 50.0));
}

TEST(ClusteredIndex, HasTheSameBitsForAnyNumberOfThreads) {
  const Matrix x = clusters(6, 11);
  const int before = thread_count();
  set_thread_count(1);
  const ClusteredIndex index(x, unequal_parts());
  const Neighbors one = index.search(some_rows(), 4, Among::other_parts, 0.2);
  set_thread_count(3);
  const ClusteredIndex again(x, unequal_parts());
  const Neighbors three = again.search(some_rows(), 4, Among::other_parts, 0.2);
  set_thread_count(before);
  EXPECT_EQ(one.rows, three.rows);
  EXPECT_EQ(one.squared_distances, three.squared_distances);
}

TEST(ClusteredIndex, RefusesRowsThatDoNotSuit) {
  EXPECT_FALSE(ClusteredIndex::suits(random_normal(200, 3, 1)));
  EXPECT_FALSE(ClusteredIndex::suits(Matrix::Ones(row_count, 3)));
  EXPECT_FALSE(ClusteredIndex::suits(1e200 * clusters(3, 1)));
  EXPECT_FALSE(ClusteredIndex::suits(Matrix(row_count, 0)));
  std::vector<int> many(row_count);
  std::iota(many.begin(), many.end(), 0);
  EXPECT_FALSE(ClusteredIndex::suits(clusters(3, 1), many));
  EXPECT_FALSE(ClusteredIndex::suits(clusters(3, 1), std::vector<int>{1, 2}));
  EXPECT_TRUE(ClusteredIndex::suits(clusters(3, 1), unequal_parts()));
  EXPECT_THROW(ClusteredIndex(random_normal(200, 3, 1)), std::invalid_argument);
  EXPECT_THROW((void)ClusteredIndex(clusters(3, 1)).search(some_rows(), 0, Among::all), std::invalid_argument);
}

TEST(ClusteredIndex, TheObserverCanStopTheSearch) {
  const ClusteredIndex index(clusters(3, 1));
  Index seen = -1;
  const Observer observer = [&](const Progress& progress) {
    seen = progress.step;
    return progress.step > 0 ? Action::stop : Action::proceed;
  };
  EXPECT_THROW((void)index.search(some_rows(), 3, Among::all, 1.0, observer), Stopped);
  EXPECT_EQ(seen, static_cast<Index>(some_rows().size()));
}

}  // namespace
}  // namespace holdfast::neighbors
