#include "holdfast/constraints/supervision.hpp"

#include <gtest/gtest.h>

namespace holdfast::constraints {
namespace {

TEST(Supervision, IsMadeOfLabelsOfPairsOrOfTriplets) {
  const std::vector<int> y = {1, 2, 1};
  EXPECT_TRUE(std::holds_alternative<Labels>(Supervision(encode_labels(y))));
  EXPECT_TRUE(std::holds_alternative<PairSet>(Supervision(PairSet())));
  EXPECT_TRUE(std::holds_alternative<TripletSet>(Supervision(TripletSet())));
}

}  // namespace
}  // namespace holdfast::constraints
