#include "holdfast/constraints/pairs.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::constraints {
namespace {

using reference::message_of;

std::string refusal(const PairSet& pairs) {
  return message_of([&] { require_usable(pairs, 5); });
}

TEST(Pairs, AreRefusedWithWhatIsWrong) {
  EXPECT_EQ(refusal({{{0, 1}}, {{0, 2}}}), "no error");
  EXPECT_EQ(refusal({{{0, 5}}, {{0, 2}}}), "pair (0, 5): row 5 is out of range; valid rows are 0 to 4");
  EXPECT_EQ(refusal({{{-1, 2}}, {{0, 2}}}), "pair (-1, 2): row -1 is out of range; valid rows are 0 to 4");
  EXPECT_EQ(refusal({{{0, 1}}, {{3, 3}}}), "pair (3, 3): row 3 is paired with itself; a pair is two rows");
  EXPECT_EQ(refusal({{{0, 1}, {2, 4}}, {{4, 2}}}), "pair (4, 2): is both similar and dissimilar; keep one of them");
  EXPECT_EQ(refusal({{}, {{0, 1}}}), "there is no similar pair; a metric is learned from pairs of both kinds");
  EXPECT_EQ(refusal({{{0, 1}}, {}}), "there is no dissimilar pair; a metric is learned from pairs of both kinds");
}

TEST(Pairs, OfOneKindAreValidButNotUsable) {
  EXPECT_EQ(message_of([] { require_valid({{{0, 1}}, {}}, 5); }), "no error");
  EXPECT_NE(message_of([] { require_valid({{{0, 5}}, {}}, 5); }), "no error");
}

Labels labels_of(Index rows, int classes) {
  Labels labels;
  for (Index row = 0; row < rows; ++row) labels.codes.push_back(static_cast<int>(row * row) % classes);
  for (int code = 0; code < classes; ++code) labels.names.push_back(std::to_string(code));
  return labels;
}

TEST(SamplePairs, AreOfTheirKindAndNoneTwice) {
  const Labels labels = labels_of(40, 5);
  Random random(3);
  const PairSet pairs = sample_pairs(labels, 100, random);
  EXPECT_EQ(pairs.similar.size(), 50u);
  EXPECT_EQ(pairs.dissimilar.size(), 50u);
  std::set<std::pair<int, int>> seen;
  const auto code = [&](std::int32_t row) { return labels.codes[static_cast<std::size_t>(row)]; };
  for (const auto& pair : pairs.similar) {
    EXPECT_EQ(code(pair.first), code(pair.second));
    EXPECT_TRUE(seen.emplace(pair.first, pair.second).second);
  }
  for (const auto& pair : pairs.dissimilar) {
    EXPECT_NE(code(pair.first), code(pair.second));
    EXPECT_TRUE(seen.emplace(pair.first, pair.second).second);
  }
  require_usable(pairs, 40);
}

TEST(SamplePairs, AreUniformAmongAllOfTheirKind) {
  // Classes of 2, 3 and 5 rows: 14 similar pairs, each in half of a draw of 7.
  const Labels labels{{0, 0, 1, 1, 1, 2, 2, 2, 2, 2}, {"a", "b", "c"}};
  std::map<std::pair<int, int>, int> counts;
  Random random(9);
  for (int i = 0; i < 4000; ++i) {
    for (const auto& pair : sample_pairs(labels, 6, random).similar) ++counts[{pair.first, pair.second}];
  }
  EXPECT_EQ(counts.size(), 14u);
  constexpr double share = 3.0 / 14.0;
  for (const auto& [pair, count] : counts)
    EXPECT_NEAR(count, 4000 * share, reference::sampling_error(std::sqrt(share * (1.0 - share)), 4000) * 4000)
        << pair.first << "," << pair.second;
}

TEST(SamplePairs, AreAllWhereThereAreNoMore) {
  const Labels labels{{0, 0, 1, 1, 1}, {"a", "b"}};
  Random random(1);
  const PairSet pairs = sample_pairs(labels, 1000, random);
  EXPECT_EQ(pairs.similar.size(), 4u);
  EXPECT_EQ(pairs.dissimilar.size(), 6u);
}

TEST(SamplePairs, FollowTheSeed) {
  const Labels labels = labels_of(40, 5);
  Random a(3);
  Random b(3);
  Random c(4);
  EXPECT_EQ(sample_pairs(labels, 60, a), sample_pairs(labels, 60, b));
  EXPECT_NE(sample_pairs(labels, 60, a), sample_pairs(labels, 60, c));
}

TEST(SamplePairs, NeedBothKinds) {
  Random random(1);
  EXPECT_EQ(message_of([&] {
              (void)sample_pairs({{0, 0}, {"a"}}, 4, random);
            }),
            "all rows have the same label: there are no dissimilar pairs to draw");
  EXPECT_EQ(message_of([&] {
              (void)sample_pairs({{0, 1}, {"a", "b"}}, 4, random);
            }),
            "no two rows have the same label: there are no similar pairs to draw");
  const PairSet similar = sample_pairs({{0, 0}, {"a"}}, 4, random, PairKinds::any);
  EXPECT_EQ(similar.similar.size(), 1u);
  EXPECT_TRUE(similar.dissimilar.empty());
  EXPECT_EQ(sample_pairs({{0}, {"a"}}, 4, random, PairKinds::any), PairSet{});
  EXPECT_EQ(sample_pairs({}, 4, random, PairKinds::any), PairSet{});
  EXPECT_EQ(message_of([&] { (void)sample_pairs({{0, 0, 1}, {"a", "b"}}, 1, random); }), "1 pairs: must be at least 2");
}

}  // namespace
}  // namespace holdfast::constraints
