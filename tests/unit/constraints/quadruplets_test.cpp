#include "holdfast/constraints/quadruplets.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "reference/messages.hpp"

namespace holdfast::constraints {
namespace {

std::string refusal(const QuadrupletSet& set) {
  return reference::message_of([&] { require_usable(set, 5); });
}

TEST(Quadruplets, AreRefusedWithWhatIsWrong) {
  EXPECT_EQ(refusal({{{0, 1, 2, 3}, {0, 1, 0, 2}}}), "no error");
  EXPECT_EQ(refusal({{{0, 1, 2, 5}}}), "quadruplet (0, 1, 2, 5): row 5 is out of range; valid rows are 0 to 4");
  EXPECT_EQ(refusal({{{-1, 1, 2, 3}}}), "quadruplet (-1, 1, 2, 3): row -1 is out of range; valid rows are 0 to 4");
  EXPECT_EQ(refusal({{{1, 1, 2, 3}}}),
            "quadruplet (1, 1, 2, 3): row 1 is paired with itself; a quadruplet compares two pairs of two rows");
  EXPECT_EQ(refusal({{{0, 1, 3, 3}}}),
            "quadruplet (0, 1, 3, 3): row 3 is paired with itself; a quadruplet compares two pairs of two rows");
  EXPECT_EQ(refusal({{{0, 1, 1, 0}}}), "quadruplet (0, 1, 1, 0): the pair (0, 1) is compared with itself");
  EXPECT_EQ(refusal({}), "there is no quadruplet; give at least one comparison of two pairs");
}

TEST(Quadruplets, WeightsAreOnePerQuadruplet) {
  const auto weighted = [](std::vector<double> weights) {
    return refusal({{{0, 1, 2, 3}, {0, 1, 0, 2}}, std::move(weights)});
  };
  EXPECT_EQ(weighted({0.0, 3.0}), "no error");
  const std::string message = "weights: must be one finite number of at least 0 per quadruplet, some of them above 0";
  EXPECT_EQ(weighted({1.0}), message);
  EXPECT_EQ(weighted({1.0, -1.0}), message);
  EXPECT_EQ(weighted({0.0, 0.0}), message);
  EXPECT_EQ(weighted({1.0, std::numeric_limits<double>::infinity()}), message);
}

TEST(Quadruplets, JoinPairsOfTheSamePlace) {
  const PairSet pairs{{{0, 1}, {2, 3}}, {{0, 4}, {1, 4}, {2, 4}}};
  EXPECT_EQ(quadruplets_from_pairs(pairs), (QuadrupletSet{{{0, 1, 0, 4}, {2, 3, 1, 4}}}));
}

}  // namespace
}  // namespace holdfast::constraints
