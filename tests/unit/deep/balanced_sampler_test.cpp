#include "holdfast/deep/balanced_sampler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "holdfast/core/error.hpp"

namespace holdfast::deep {
namespace {

/// Classes of 30, 12 and 3 images.
std::vector<int> uneven() {
  std::vector<int> codes(30, 0);
  codes.insert(codes.end(), 12, 1);
  codes.insert(codes.end(), 3, 2);
  return codes;
}

TEST(BalancedSampler, BatchesHaveKImagesOfPClassesWithoutRepetition) {
  const std::vector<int> codes = uneven();
  const BalancedSampler sampler(codes, {.batch = 15});
  EXPECT_EQ(sampler.classes_per_batch(), 3);
  EXPECT_EQ(sampler.images_per_class(), 5);
  const auto batches = sampler.epoch(1, 0);
  EXPECT_EQ(batches.size(), 3U);
  for (const std::vector<Index>& batch : batches) {
    EXPECT_EQ(std::set<Index>(batch.begin(), batch.end()).size(), batch.size());
    std::map<int, int> counts;
    for (const Index image : batch) ++counts[codes[static_cast<std::size_t>(image)]];
    EXPECT_EQ(counts, (std::map<int, int>{{0, 5}, {1, 5}, {2, 3}}));  // a class of three is in with three
  }
}

TEST(BalancedSampler, ClassesAndImagesTakeTurns) {
  std::vector<int> codes;
  for (int i = 0; i < 70; ++i) codes.push_back(i % 7);
  const BalancedSampler sampler(codes, {.batch = 4, .classes = 2});
  std::map<int, int> classes;
  std::map<Index, int> images;
  for (const std::vector<Index>& batch : sampler.epoch(3, 0)) {
    EXPECT_EQ(batch.size(), 4U);
    for (const Index image : batch) {
      ++classes[codes[static_cast<std::size_t>(image)]];
      ++images[image];
    }
  }
  // 17 batches of two classes: each class four or five times, and all of its ten images before any again.
  for (const auto& [code, count] : classes) EXPECT_TRUE(count == 8 || count == 10) << code;
  EXPECT_EQ(classes.size(), 7U);
  for (const auto& [image, count] : images) EXPECT_EQ(count, 1) << image;
}

TEST(BalancedSampler, RoundsThatEndWithinABatchKeepTurns) {
  std::vector<int> codes(1000, 1);
  codes.insert(codes.end(), 5, 0);  // taken two by two, a hundred times and more
  const BalancedSampler sampler(codes, {.batch = 4, .classes = 2});
  std::map<Index, int> images;
  for (const std::vector<Index>& batch : sampler.epoch(3, 0)) {
    EXPECT_EQ(std::set<Index>(batch.begin(), batch.end()).size(), 4U);
    for (const Index image : batch) {
      if (image >= 1000) ++images[image];
    }
  }
  EXPECT_EQ(images.size(), 5U);
  for (const auto& [image, count] : images) EXPECT_TRUE(count == 100 || count == 101) << image;  // 251 batches of two
}

TEST(BalancedSampler, FollowsFromSeedAndEpochAlone) {
  const std::vector<int> codes = uneven();
  const BalancedSampler sampler(codes, {.batch = 9});
  EXPECT_EQ(sampler.epoch(1, 4), sampler.epoch(1, 4));
  EXPECT_NE(sampler.epoch(1, 4), sampler.epoch(1, 5));
  EXPECT_NE(sampler.epoch(1, 4), sampler.epoch(2, 4));
}

TEST(BalancedSampler, RefusesWhatMakesNoPairs) {
  const std::vector<int> single(10, 0);
  EXPECT_THROW(BalancedSampler(single, {}), InputError);
  const std::vector<int> lonely = {0, 1, 2, 3};
  EXPECT_THROW(BalancedSampler(lonely, {}), InputError);
  const std::vector<int> codes = uneven();
  EXPECT_THROW(BalancedSampler(codes, {.batch = 5, .classes = 3}), InputError);
  EXPECT_THROW(BalancedSampler(codes, {.batch = 12, .classes = 4}), InputError);
  EXPECT_THROW(BalancedSampler(codes, {.batch = 12, .classes = 1}), InputError);
  EXPECT_THROW(BalancedSampler(std::vector<int>{}, {}), InputError);
  EXPECT_NO_THROW(BalancedSampler(codes, {.batch = 6, .classes = 3}));
}

}  // namespace
}  // namespace holdfast::deep
