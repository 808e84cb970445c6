#include "holdfast/objectives/triplet_losses.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "reference/tolerance.hpp"

namespace holdfast::objectives {
namespace {

/// The slopes against differences of the values.
template <class Loss>
void expect_slopes(const Loss& loss, double gap, double gradient_norm_squared) {
  constexpr double h = 1e-5;
  const LossSlope at = loss(gap, gradient_norm_squared);
  EXPECT_NEAR(at.gap_slope,
              (loss(gap + h, gradient_norm_squared).value - loss(gap - h, gradient_norm_squared).value) / (2 * h),
              reference::differences);
  EXPECT_NEAR(at.gradient_norm_squared_slope,
              (loss(gap, gradient_norm_squared + h).value - loss(gap, gradient_norm_squared - h).value) / (2 * h),
              reference::differences);
}

TEST(TripletLosses, TheirSlopesAreThoseOfTheirValues) {
  for (const double gap : {-1.3, 0.4, 0.9, 2.5}) {
    expect_slopes(HingeLoss(), gap, 1.7);
    expect_slopes(PerturbationLoss{.margin = 0.8}, gap, 1.7);
    expect_slopes(MarginLoss{.margin = 0.8}, gap, 1.7);
    expect_slopes(MarginLoss{.margin = std::numeric_limits<double>::infinity()}, gap, 1.7);
  }
}

TEST(TripletLosses, TheHingeEndsAtAGapOfOne) {
  EXPECT_EQ(HingeLoss()(0.25, 9.0).value, 0.75);
  EXPECT_EQ(HingeLoss()(1.0, 9.0).value, 0.0);
}

TEST(TripletLosses, ThePerturbationLossIsZeroOnceTheMarginIsReached) {
  const PerturbationLoss loss{.margin = 0.5};
  // The margin is 0.6 / (2 * 0.6), up to the epsilon in the denominator.
  EXPECT_NEAR(loss(0.6, 0.36).value, 0.0, PerturbationLoss::epsilon);
  EXPECT_GT(loss(0.5, 0.36).value, 0.0);
  EXPECT_EQ(loss(-2.0, 0.36).value, 0.25);
  EXPECT_EQ(loss(-2.0, 0.36).gap_slope, 0.0);
}

TEST(TripletLosses, TheAdversarialMarginOfAViolatedTripletIsZero) {
  EXPECT_NEAR(adversarial_margin(0.6, 0.36), 0.5, reference::few_operations);
  EXPECT_EQ(adversarial_margin(-0.6, 0.36), 0.0);
  EXPECT_EQ(adversarial_margin(0.6, 0.0), 0.0);
}

}  // namespace
}  // namespace holdfast::objectives
