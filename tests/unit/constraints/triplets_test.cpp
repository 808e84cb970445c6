#include "holdfast/constraints/triplets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reference/brute_force_knn.hpp"
#include "reference/messages.hpp"
#include "reference/random_data.hpp"

namespace holdfast::constraints {
namespace {

using reference::message_of;

using testing::ElementsAre;
using testing::HasSubstr;

Labels labels_of(std::vector<std::string> texts) { return encode_labels(texts); }

Labels cyclic_labels(Index rows, int classes) {
  std::vector<std::string> texts;
  for (Index row = 0; row < rows; ++row) texts.push_back(std::to_string((row * row) % classes));
  return encode_labels(texts);
}

TEST(Triplets, OfAHandmadeLine) {
  // Rows on a line: a at 0, 1, 3; b at 2, 10.
  const Matrix x = Matrix{{0.0}, {1.0}, {3.0}, {2.0}, {10.0}};
  const TripletSet set = triplets_from_labels(x, labels_of({"a", "a", "a", "b", "b"}), {.targets = 1, .impostors = 1});
  EXPECT_THAT(set.near_pairs, ElementsAre(linalg::RowPair{0, 1}, linalg::RowPair{1, 0}, linalg::RowPair{2, 1},
                                          linalg::RowPair{3, 4}, linalg::RowPair{4, 3}));
  EXPECT_THAT(set.triplets,
              ElementsAre(Triplet{0, 1, 3}, Triplet{1, 0, 3}, Triplet{2, 1, 3}, Triplet{3, 4, 1}, Triplet{4, 3, 2}));
}

TEST(Triplets, EqualBruteForceOnTiedData) {
  const Matrix x = reference::random_integers(80, 2, 4, 7);
  const Labels labels = cyclic_labels(80, 5);
  const NeighborhoodOptions options{.targets = 3, .impostors = 4};
  const TripletSet set = triplets_from_labels(x, labels, options);
  TripletSet expected;
  for (Index i = 0; i < 80; ++i) {
    std::vector<std::int32_t> targets;
    std::vector<std::int32_t> impostors;
    for (const Index row : reference::nearest_rows(x.row(i), x, 79, i)) {
      const bool same = labels.codes[static_cast<std::size_t>(row)] == labels.codes[static_cast<std::size_t>(i)];
      auto& list = same ? targets : impostors;
      if (static_cast<Index>(list.size()) < (same ? 3 : 4)) list.push_back(static_cast<std::int32_t>(row));
    }
    for (const std::int32_t j : targets) {
      expected.near_pairs.push_back({static_cast<std::int32_t>(i), j});
      for (const std::int32_t l : impostors) expected.triplets.push_back({static_cast<std::int32_t>(i), j, l});
    }
  }
  EXPECT_EQ(set, expected);
}

TEST(Triplets, SmallClassesGiveWhatTheyHave) {
  const Matrix x = reference::random_normal(7, 2, 1);
  const Labels labels = labels_of({"a", "a", "a", "a", "b", "b", "c"});
  const TripletSet set = triplets_from_labels(x, labels, {.targets = 3, .impostors = 10});
  // a: 4 rows x 3 targets x 3 impostors; b: 2 x 1 x 5; c: none.
  EXPECT_EQ(set.near_pairs.size(), 4u * 3u + 2u);
  EXPECT_EQ(set.triplets.size(), 4u * 3u * 3u + 2u * 5u);
}

TEST(Triplets, OneClassIsAnErrorThatSaysSo) {
  const Matrix x = reference::random_normal(3, 2, 1);
  EXPECT_THAT(message_of([&] {
                (void)triplets_from_labels(x, labels_of({"a", "a", "a"}), {});
              }),
              HasSubstr("all 3 rows have the label \"a\""));
}

TEST(Triplets, SingleRowsOnlyIsAnError) {
  const Matrix x = reference::random_normal(3, 2, 1);
  EXPECT_THAT(message_of([&] {
                (void)triplets_from_labels(x, labels_of({"a", "b", "c"}), {});
              }),
              HasSubstr("every class has a single row"));
}

TEST(Triplets, CountsBelowOneAreRefused) {
  const Matrix x = reference::random_normal(4, 2, 1);
  const Labels labels = labels_of({"a", "a", "b", "b"});
  EXPECT_EQ(message_of([&] { (void)triplets_from_labels(x, labels, {.targets = 0}); }),
            "neighbors 0: must be at least 1");
  EXPECT_EQ(message_of([&] { (void)triplets_from_labels(x, labels, {.impostors = -2}); }),
            "impostors -2: must be at least 1");
}

TEST(United, HoldsTheTripletsOfBothOnce) {
  const TripletSet a{{{0, 1}}, {{0, 1, 5}, {0, 1, 3}}};
  const TripletSet b{{{0, 1}}, {{0, 1, 3}, {0, 1, 4}}};
  EXPECT_THAT(united(a, b).triplets, ElementsAre(Triplet{0, 1, 3}, Triplet{0, 1, 4}, Triplet{0, 1, 5}));
}

TEST(GivenTriplets, AreSortedAndEachOnce) {
  const TripletSet set = from_triplets({{4, 1, 0}, {0, 1, 2}, {4, 1, 3}, {0, 1, 2}, {0, 3, 2}});
  EXPECT_EQ(set.triplets, (std::vector<Triplet>{{0, 1, 2}, {0, 3, 2}, {4, 1, 0}, {4, 1, 3}}));
  EXPECT_EQ(set.near_pairs, (std::vector<linalg::RowPair>{{0, 1}, {0, 3}, {4, 1}}));
}

TEST(GivenTriplets, AreRefusedWithWhatIsWrong) {
  const auto refusal = [](std::vector<Triplet> triplets) {
    return reference::message_of([&] { require_usable(from_triplets(std::move(triplets)), 4); });
  };
  EXPECT_EQ(refusal({{0, 1, 2}, {2, 1, 0}}), "no error");
  EXPECT_EQ(refusal({}), "there are no triplets, and a metric is learned from one or more");
  EXPECT_EQ(refusal({{0, 1, 4}}), "triplet (0, 1, 4): row 4 is out of range; valid rows are 0 to 3");
  EXPECT_EQ(refusal({{0, 0, 1}}), "triplet (0, 0, 1): row 0 is named twice; a triplet is three rows");
  EXPECT_EQ(refusal({{0, 2, 2}}), "triplet (0, 2, 2): row 2 is named twice; a triplet is three rows");
  EXPECT_EQ(refusal({{0, 1, 2}, {0, 2, 1}}), "triplet (0, 1, 2): contradicts the triplet (0, 2, 1); keep one of them");
}

}  // namespace
}  // namespace holdfast::constraints
