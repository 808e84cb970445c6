#include "holdfast/learners/regularization.hpp"

#include <gtest/gtest.h>

#include "holdfast/core/error.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::learners {
namespace {

constraints::Scatters diagonal(const RowVector& similar, const RowVector& dissimilar) {
  constraints::Scatters scatters;
  scatters.similar = similar.asDiagonal();
  scatters.dissimilar = dissimilar.asDiagonal();
  return scatters;
}

TEST(Regularization, LeavesScattersThatCanBeInvertedAsTheyAre) {
  FitReport report;
  const constraints::Scatters used = regularized(diagonal(RowVector{{1.0, 2.0}}, RowVector{{3.0, 4.0}}), {}, report);
  EXPECT_EQ(used.similar, (Matrix{{1.0, 0.0}, {0.0, 2.0}}));
  EXPECT_EQ(used.dissimilar, (Matrix{{3.0, 0.0}, {0.0, 4.0}}));
}

TEST(Regularization, AddsAShareOfTheMeanEntry) {
  FitReport report;
  const constraints::Scatters used =
      regularized(diagonal(RowVector{{1.0, 3.0}}, RowVector{{2.0, 6.0}}), {.strength = 0.5}, report);
  EXPECT_LT(reference::largest_entry(used.similar - Matrix{{2.0, 0.0}, {0.0, 4.0}}), reference::few_operations);
  EXPECT_LT(reference::largest_entry(used.dissimilar - Matrix{{4.0, 0.0}, {0.0, 8.0}}), reference::few_operations);
}

TEST(Regularization, MakesSingularScattersInvertible) {
  FitReport report;
  const constraints::Scatters used = regularized(diagonal(RowVector{{1.0, 0.0}}, RowVector{{3.0, 4.0}}), {}, report);
  EXPECT_GT(used.similar(1, 1), 0.0);
  EXPECT_THROW((void)regularized(diagonal(RowVector{{1.0, 0.0}}, RowVector{{3.0, 4.0}}), {.strength = 0.0}, report),
               InputError);
}

TEST(Regularization, APriorMustBePositiveDefiniteAndOfTheRightSize) {
  FitReport report;
  const constraints::Scatters scatters = diagonal(RowVector{{1.0, 3.0}}, RowVector{{2.0, 6.0}});
  EXPECT_THROW((void)regularized(scatters, {.strength = 1.0, .matrix = Matrix::Identity(3, 3)}, report), InputError);
  EXPECT_THROW((void)regularized(scatters, {.strength = 1.0, .matrix = Matrix{{1.0, 2.0}, {2.0, 1.0}}}, report),
               InputError);
}

TEST(Regularization, AGivenPriorIsTheOneOfTheContext) {
  FitReport report;
  const constraints::Scatters scatters = diagonal(RowVector{{1.0, 3.0}}, RowVector{{2.0, 6.0}});
  const Matrix prior{{2.0, 1.0}, {1.0, 3.0}};
  const constraints::Scatters by_option = regularized(scatters, {.strength = 0.5, .matrix = prior}, report);
  const constraints::Scatters by_context = regularized(scatters, {.strength = 0.5}, report, {.prior = &prior});
  EXPECT_EQ(by_option.similar, by_context.similar);
  EXPECT_EQ(by_option.dissimilar, by_context.dissimilar);
  EXPECT_NE(by_context.similar(0, 1), 0.0);
}

TEST(Regularization, ARandomPriorDependsOnTheSeed) {
  const auto similar = [](std::uint64_t seed) {
    FitReport report;
    return regularized(diagonal(RowVector{{1.0, 3.0}}, RowVector{{2.0, 6.0}}),
                       {.strength = 0.5, .prior = Prior::random}, report, {.seed = seed})
        .similar;
  };
  EXPECT_EQ(similar(1), similar(1));
  EXPECT_NE(similar(1), similar(2));
  EXPECT_NE(similar(1)(0, 1), 0.0);
}

}  // namespace
}  // namespace holdfast::learners
