#include "holdfast/constraints/chunks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::constraints {
namespace {

using reference::message_of;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Chunks, RowsFollowTheNumbersOfTheirChunks) {
  EXPECT_THAT(rows_of_chunks({{7, -1, 0, 7, 0, 0, -1}}), ElementsAre(ElementsAre(2, 4, 5), ElementsAre(0, 3)));
  EXPECT_TRUE(rows_of_chunks({{-1, -1}}).empty());
}

TEST(Chunks, OfUseIfTwoRowsBelongTogether) {
  EXPECT_EQ(message_of([] { require_usable({{0, 1, 0}}, 3); }), "no error");
  EXPECT_EQ(message_of([] {
              require_usable({{0, 0}}, 3);
            }),
            "there are 2 chunk numbers for 3 rows; give one number per row, -1 for a row in no chunk");
  EXPECT_EQ(message_of([] {
              require_usable({{0, 0, -2}}, 3);
            }),
            "row 2: chunk -2: must be a number from 0, or -1 for a row in no chunk");
  for (const ChunkSet& useless : {ChunkSet{{0, 1, 2}}, ChunkSet{{-1, -1, -1}}, ChunkSet{{-1, 5, -1}}}) {
    EXPECT_THAT(message_of([&] { require_usable(useless, 3); }), HasSubstr("no chunk has two rows"));
  }
}

/// 40 rows of three classes and one single row of a fourth.
Labels some_labels() {
  std::vector<int> codes(40);
  for (int row = 0; row < 40; ++row) codes[static_cast<std::size_t>(row)] = row % 5 == 0 ? 2 : row % 2;
  codes[39] = 3;
  return encode_labels(codes);
}

TEST(Chunks, DrawnChunksAreOfOneClassAndShareNoRow) {
  const Labels labels = some_labels();
  Random random(3);
  const std::vector<std::vector<Index>> chunks = rows_of_chunks(sample_chunks(labels, 7, 3, random));
  ASSERT_EQ(chunks.size(), 7u);
  for (const std::vector<Index>& rows : chunks) {
    ASSERT_EQ(rows.size(), 3u);  // each row has one number, so none is in two chunks
    for (const Index row : rows) EXPECT_EQ(labels.code(row), labels.code(rows.front()));
  }
}

TEST(Chunks, AreAllThatTheClassesHoldIfMoreAreWanted) {
  const Labels labels = some_labels();
  std::size_t held = 0;
  for (const Index count : class_counts(labels)) held += static_cast<std::size_t>(count / 4);
  Random random(3);
  EXPECT_EQ(rows_of_chunks(sample_chunks(labels, 1000, 4, random)).size(), held);
}

TEST(Chunks, EveryClassIsDrawnAlike) {
  std::vector<int> codes;
  for (int row = 0; row < 60; ++row) codes.push_back(row < 40 ? 0 : row < 50 ? 1 : 2);
  const Labels labels = encode_labels(codes);
  std::map<int, int> drawn;
  std::set<Index> rows;
  Random random(5);
  constexpr int draws = 3000;
  for (int i = 0; i < draws; ++i) {
    const std::vector<Index> chunk = rows_of_chunks(sample_chunks(labels, 1, 2, random)).front();
    ++drawn[labels.code(chunk.front())];
    rows.insert(chunk.begin(), chunk.end());
  }
  for (const int code : {0, 1, 2}) {
    EXPECT_NEAR(drawn[code] / static_cast<double>(draws), 1.0 / 3.0, reference::sampling_error(0.5, draws)) << code;
  }
  EXPECT_EQ(rows.size(), 60u);
}

TEST(Chunks, RefusesWhatCannotBeDrawn) {
  const Labels labels = some_labels();
  Random random(3);
  EXPECT_EQ(message_of([&] { (void)sample_chunks(labels, 0, 2, random); }), "sample-chunks 0: must be at least 1");
  EXPECT_EQ(message_of([&] { (void)sample_chunks(labels, 5, 1, random); }), "chunk-size 1: must be at least 2");
  EXPECT_EQ(message_of([&] { (void)sample_chunks(labels, 5, 30, random); }),
            "chunk-size 30: no class has so many rows");
}

}  // namespace
}  // namespace holdfast::constraints
