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

}  // namespace
}  // namespace holdfast::learners
