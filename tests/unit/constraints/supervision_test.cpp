#include "holdfast/constraints/supervision.hpp"

#include <gtest/gtest.h>

#include "holdfast/core/error.hpp"

namespace holdfast::constraints {
namespace {

Labels labels_of(const std::vector<int>& y) { return encode_labels(y); }

TEST(Supervision, IsMadeOfLabelsOfPairsOrOfTriplets) {
  EXPECT_TRUE(std::holds_alternative<Labels>(Supervision(labels_of({1, 2, 1}))));
  EXPECT_TRUE(std::holds_alternative<PairSet>(Supervision(PairSet())));
  EXPECT_TRUE(std::holds_alternative<TripletSet>(Supervision(TripletSet())));
  EXPECT_TRUE(std::holds_alternative<QuadrupletSet>(Supervision(QuadrupletSet())));
}

TEST(RequireSeparable, NeedsTwoClassesAndAClassOfTwoRows) {
  EXPECT_NO_THROW(require_separable(Matrix::Zero(3, 2), labels_of({0, 0, 1})));
  EXPECT_THROW(require_separable(Matrix::Zero(3, 2), labels_of({4, 4, 4})), InputError);
  EXPECT_THROW(require_separable(Matrix::Zero(3, 2), labels_of({0, 1, 2})), InputError);
}

TEST(RequireSeparable, ANameWithoutRowsIsNoClass) {
  EXPECT_THROW(require_separable(Matrix::Zero(3, 2), Labels{{0, 0, 0}, {"a", "b"}}), InputError);
}

TEST(RequireSeparable, NeedsOneLabelPerRow) {
  EXPECT_THROW(require_separable(Matrix::Zero(4, 2), labels_of({0, 0, 1})), InputError);
}

}  // namespace
}  // namespace holdfast::constraints
