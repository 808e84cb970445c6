#include "holdfast/linalg/pair_graph.hpp"

#include <gtest/gtest.h>

#include "holdfast/core/parallel.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::linalg {
namespace {

std::vector<RowPair> random_pairs(Index rows, Index count, std::uint64_t seed) {
  Random random(seed);
  std::vector<RowPair> pairs;
  while (static_cast<Index>(pairs.size()) < count) {
    const RowPair pair{static_cast<std::int32_t>(random.below(rows)), static_cast<std::int32_t>(random.below(rows))};
    if (pair.first != pair.second) pairs.push_back(pair);
  }
  return pairs;
}

TEST(PairGraph, KeepsEachPairOnceInEitherOrder) {
  std::vector<std::int32_t> edge_of;
  const std::vector<RowPair> pairs = {{3, 1}, {1, 3}, {0, 2}, {3, 1}};
  const PairGraph graph(4, pairs, edge_of);
  ASSERT_EQ(graph.edges(), 2);
  EXPECT_EQ(edge_of[0], edge_of[1]);
  EXPECT_EQ(edge_of[0], edge_of[3]);
  EXPECT_NE(edge_of[0], edge_of[2]);
  EXPECT_EQ(graph.edge(edge_of[0]), (RowPair{1, 3}));
}

TEST(PairGraph, ScatterEqualsTheSumOfOuterProducts) {
  const Index n = 60;
  const Index d = 7;
  const Matrix x = reference::random_normal(n, d, 1);
  const std::vector<RowPair> pairs = random_pairs(n, 400, 2);
  std::vector<std::int32_t> edge_of;
  const PairGraph graph(n, pairs, edge_of);
  Vector weights = Vector::Zero(graph.edges());
  Matrix expected = Matrix::Zero(d, d);
  Random random(3);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const double weight = random.normal();
    weights[edge_of[i]] += weight;
    const RowVector difference = x.row(pairs[i].first) - x.row(pairs[i].second);
    expected += weight * difference.transpose() * difference;
  }
  const Matrix scatter = x.transpose() * graph.laplacian_product(weights, x);
  EXPECT_LT(reference::largest_entry(scatter - expected), reference::long_sums);
}

TEST(PairGraph, SquaredDifferencesOfEqualRowsAreZero) {
  Matrix x = reference::random_normal(4, 5, 1);
  x.row(2) = x.row(0);
  std::vector<std::int32_t> edge_of;
  const std::vector<RowPair> pairs = {{0, 2}, {0, 1}};
  const PairGraph graph(4, pairs, edge_of);
  const Vector squared = graph.squared_differences(x);
  EXPECT_EQ(squared[edge_of[0]], 0.0);
  EXPECT_NEAR(squared[edge_of[1]], (x.row(0) - x.row(1)).squaredNorm(), reference::few_operations);
}

TEST(PairGraph, AnyNumberOfThreadsGivesTheSameBits) {
  const Matrix x = reference::random_normal(500, 6, 1);
  std::vector<std::int32_t> edge_of;
  const std::vector<RowPair> pairs = random_pairs(500, 5000, 2);
  const PairGraph graph(500, pairs, edge_of);
  const Vector weights = reference::random_normal(graph.edges(), 1, 3).col(0);
  const int before = thread_count();
  set_thread_count(1);
  const Matrix one = graph.laplacian_product(weights, x);
  set_thread_count(4);
  const Matrix four = graph.laplacian_product(weights, x);
  set_thread_count(before);
  EXPECT_EQ(one, four);
}

TEST(PairGraph, ARowOutsideTheDataIsRefused) {
  std::vector<std::int32_t> edge_of;
  EXPECT_THROW(PairGraph(3, std::vector<RowPair>{{0, 3}}, edge_of), std::invalid_argument);
  EXPECT_THROW(PairGraph(3, std::vector<RowPair>{{-1, 2}}, edge_of), std::invalid_argument);
}

}  // namespace
}  // namespace holdfast::linalg
