#include "holdfast/deep/pair_matrix.hpp"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace holdfast::deep {
namespace {

using torch::Tensor;

TEST(PairMatrix, ASampleIsNoPairOfItself) {
  const Tensor dissimilarity = torch::rand({3, 3});
  const PairMatrix pairs = pairs_within(dissimilarity, torch::tensor({4, 7, 4}, torch::kInt64));
  EXPECT_TRUE(torch::equal(pairs.dissimilarity, dissimilarity));
  EXPECT_TRUE(torch::equal(pairs.positive, torch::tensor({{0, 0, 1}, {0, 0, 0}, {1, 0, 0}}).to(torch::kBool)));
  EXPECT_TRUE(torch::equal(pairs.negative, torch::tensor({{0, 1, 0}, {1, 0, 1}, {0, 1, 0}}).to(torch::kBool)));
}

TEST(PairMatrix, CandidatesOfOtherSamplesMayAllBePositive) {
  const PairMatrix pairs =
      pairs_between(torch::rand({2, 3}), torch::tensor({0, 1}, torch::kInt64), torch::arange(3), false);
  EXPECT_TRUE(torch::equal(pairs.positive, torch::tensor({{1, 0, 0}, {0, 1, 0}}).to(torch::kBool)));
  EXPECT_TRUE(torch::equal(pairs.negative, ~pairs.positive));
}

}  // namespace
}  // namespace holdfast::deep
