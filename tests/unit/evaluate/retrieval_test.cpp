#include "holdfast/evaluate/retrieval.hpp"

#include <gtest/gtest.h>

#include "holdfast/report/text.hpp"
#include "reference/brute_force_knn.hpp"
#include "reference/labelled_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::evaluate {
namespace {

TEST(Retrieval, OfAHandmadeLine) {
  // a a b a b: from row 0, neighbours in order are 1 (a), 2 (b), 3 (a), 4 (b).
  const Matrix x = Matrix{{0.0}, {1.0}, {2.5}, {4.5}, {7.0}};
  const std::vector<int> codes = {0, 0, 1, 0, 1};
  const Retrieval result = retrieval(x, codes);
  EXPECT_EQ(result.queries, 5);
  // Nearest of the same class: row 0 yes (1), row 1 yes (0), row 2 no (1), row 3 no (2), row 4 no (3).
  EXPECT_DOUBLE_EQ(result.recall_at_1.value(), 2.0 / 5.0);
  // R = 2 for a: rows 0: {1,2} 1/2; 1: {0,2} 1/2; 3: {2,4} 0. R = 1 for b: 0, 0.
  EXPECT_DOUBLE_EQ(result.r_precision.value(), (0.5 + 0.5) / 5.0);
  EXPECT_DOUBLE_EQ(result.map_at_r.value(), (0.5 + 0.5) / 5.0);
}

TEST(Retrieval, ALonelyRowIsNoQuery) {
  const Matrix x = Matrix{{0.0}, {1.0}, {2.0}};
  const std::vector<int> codes = {0, 0, 1};
  const Retrieval result = retrieval(x, codes);
  EXPECT_EQ(result.queries, 2);
  EXPECT_EQ(result.excluded, 1);
  EXPECT_DOUBLE_EQ(result.recall_at_1.value(), 1.0);
  EXPECT_DOUBLE_EQ(result.r_precision.value(), 1.0);
  EXPECT_DOUBLE_EQ(result.map_at_r.value(), 1.0);
  const std::vector<int> all_alone = {0, 1, 2};
  EXPECT_EQ(retrieval(x, all_alone).queries, 0);
}

TEST(Retrieval, EqualsAnExhaustiveCount) {
  const Dataset data = reference::clouds(60, 3, 3, 4);
  const Retrieval result = retrieval(data.x, data.labels->codes);
  double precision = 0.0;
  double average = 0.0;
  for (Index q = 0; q < 60; ++q) {
    const int code = data.labels->codes[static_cast<std::size_t>(q)];
    const Index relevant = class_counts(*data.labels)[static_cast<std::size_t>(code)] - 1;
    double hits = 0.0;
    double sum = 0.0;
    Index rank = 0;
    for (const Index row : reference::nearest_rows(data.x.row(q), data.x, relevant, q)) {
      ++rank;
      if (data.labels->codes[static_cast<std::size_t>(row)] != code) continue;
      hits += 1.0;
      sum += hits / static_cast<double>(rank);
    }
    precision += hits / static_cast<double>(relevant) / 60.0;
    average += sum / static_cast<double>(relevant) / 60.0;
  }
  EXPECT_NEAR(result.r_precision.value(), precision, reference::rounding);
  EXPECT_NEAR(result.map_at_r.value(), average, reference::rounding);
}

TEST(Retrieval, IsDescribedWithTheRowsLeftOut) {
  const Retrieval figures{.recall_at_1 = 0.5, .r_precision = 0.25, .map_at_r = 0.125, .queries = 8, .excluded = 2};
  const Record record = describe(figures);
  EXPECT_EQ(record.get<double>("recall_at_1"), 0.5);
  EXPECT_EQ(record.get<double>("map_at_r"), 0.125);
  EXPECT_EQ(record.get<double>("r_precision"), 0.25);
  EXPECT_EQ(record.get<Index>("queries"), 8);
  EXPECT_EQ(report::to_text(record),
            "retrieval among the test rows: recall@1 0.5000, MAP@R 0.1250, R-precision 0.2500\n"
            "  (2 rows are the only one of their class, and no query)\n");
  EXPECT_EQ(describe(Retrieval{}).lines().size(), 0u);
}

}  // namespace
}  // namespace holdfast::evaluate
