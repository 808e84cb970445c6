#include "holdfast/constraints/class_neighbors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "reference/brute_force_knn.hpp"
#include "reference/labelled_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::constraints {
namespace {

using Of = ClassNeighbors::Of;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// The k nearest rows in question, from the definition.
std::vector<std::int32_t> expected_of(const Dataset& data, Of of, Index query, std::size_t k) {
  std::vector<std::pair<double, std::int32_t>> others;
  for (Index row = 0; row < data.rows(); ++row) {
    const bool own = data.labels->code(row) == data.labels->code(query);
    if (row == query || own != (of == Of::own_class)) continue;
    others.emplace_back((data.x.row(row) - data.x.row(query)).squaredNorm(), static_cast<std::int32_t>(row));
  }
  std::ranges::sort(others);
  std::vector<std::int32_t> rows;
  for (std::size_t i = 0; i < std::min(k, others.size()); ++i) rows.push_back(others[i].second);
  return rows;
}

void expect_defined(const Dataset& data, const std::vector<Index>& queries) {
  ClassNeighbors search(data.x, *data.labels);
  for (const Of of : {Of::own_class, Of::other_classes}) {
    const NeighborLists lists = search.search(of, queries, 4);
    ASSERT_EQ(lists.size(), static_cast<std::size_t>(data.rows()));
    for (const Index query : queries) {
      EXPECT_EQ(lists[static_cast<std::size_t>(query)], expected_of(data, of, query, 4)) << query;
    }
    EXPECT_THAT(lists[1], IsEmpty()) << "row 1 was not asked for";
  }
}

TEST(ClassNeighbors, OfFewRowsAreTheDefinition) { expect_defined(reference::clouds(90, 3, 4, 1), {0, 2, 7, 88}); }

TEST(ClassNeighbors, OfManyRowsAreTheDefinition) {
  expect_defined(reference::clouds(10000, 2, 4, 1), {0, 2, 7, 5000, 9999});
}

TEST(ClassNeighbors, NoQueriesAreAllRows) {
  const Dataset data = reference::clouds(60, 3, 3, 2);
  ClassNeighbors search(data.x, *data.labels);
  const NeighborLists lists = search.search(Of::own_class, {}, 2);
  for (const auto& list : lists) EXPECT_EQ(list.size(), 2U);
}

TEST(ClassNeighbors, ASmallClassHasFewNeighbours) {
  Dataset data = reference::clouds(50, 3, 2, 2);
  data.labels->codes.assign(50, 0);
  data.labels->codes[4] = data.labels->codes[9] = 1;
  ClassNeighbors search(data.x, *data.labels);
  EXPECT_EQ(search.search(Of::own_class, std::vector<Index>{4}, 3)[4], std::vector<std::int32_t>{9});
  EXPECT_EQ(search.search(Of::other_classes, std::vector<Index>{0}, 3)[0].size(), 2U);
}

TEST(ClassNeighbors, TellsHowManyRowsWereSearched) {
  const Dataset few = reference::clouds(60, 3, 3, 2);
  ClassNeighbors exact(few.x, *few.labels);
  (void)exact.search(Of::own_class, {}, 2);
  EXPECT_THAT(exact.log(), IsEmpty());
  EXPECT_THAT(ClassNeighbors(few.x, *few.labels, 0.99).log(), Contains(HasSubstr("too few")));

  const Dataset many = reference::clouds(10000, 2, 3, 2);
  ClassNeighbors grouped(many.x, *many.labels);
  (void)grouped.search(Of::own_class, {}, 2);
  EXPECT_THAT(grouped.log(), Contains(StartsWith("nearest rows of the own class: exact, by groups")));
  EXPECT_EQ(grouped.measured_recall(), 1.0);

  const Dataset wide = reference::clouds(10000, 60, 3, 2);
  ClassNeighbors scanned(wide.x, *wide.labels);
  (void)scanned.search(Of::other_classes, std::vector<Index>{3, 4, 5}, 2);
  EXPECT_THAT(scanned.log(), Contains("nearest rows of the other classes: exact, by a scan of all rows"));
}

TEST(ClassNeighbors, AnApproximateSearchTellsItsRecall) {
  const Dataset many = reference::clouds(10000, 10, 3, 2);
  ClassNeighbors approximate(many.x, *many.labels, 0.9);
  ClassNeighbors exact(many.x, *many.labels);
  const NeighborLists found = approximate.search(Of::own_class, {}, 5);
  const NeighborLists expected = exact.search(Of::own_class, {}, 5);
  EXPECT_THAT(approximate.log(), Contains(StartsWith("nearest rows of the own class: approximate, recall 0.")));
  Index right = 0;
  for (std::size_t row = 0; row < found.size(); ++row) {
    for (const std::int32_t neighbor : expected[row]) right += std::ranges::count(found[row], neighbor);
  }
  const double recall = static_cast<double>(right) / 50000.0;
  EXPECT_LT(approximate.measured_recall(), 1.0);
  EXPECT_NEAR(recall, approximate.measured_recall(),
              reference::sampling_error(std::sqrt(recall * (1.0 - recall)), 256.0));
  EXPECT_GT(recall, 0.85);
}

}  // namespace
}  // namespace holdfast::constraints
