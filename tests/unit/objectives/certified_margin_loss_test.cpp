#include "holdfast/objectives/certified_margin_loss.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "reference/tolerance.hpp"

namespace holdfast::objectives {
namespace {

using Form = CertifiedMarginLoss::Form;

TEST(CertifiedMarginLoss, ValuesFollowTheFormulas) {
  const CertifiedMarginLoss hinge{Form::hinge, 2.5, 1.5};
  EXPECT_DOUBLE_EQ(hinge(1.0).value, 1.5);
  EXPECT_DOUBLE_EQ(hinge(-1.0).value, 3.5);
  EXPECT_EQ(hinge(2.5).value, 0.0);
  EXPECT_EQ(hinge(3.0).slope, 0.0);
  const CertifiedMarginLoss squared{Form::squared_hinge, 2.0, 1.0};
  EXPECT_DOUBLE_EQ(squared(1.0).value, 0.25);
  EXPECT_EQ(squared(2.0).value, 0.0);
  const CertifiedMarginLoss sigmoid{Form::sigmoid, 2.5, 1.5};  // s = 0.5
  EXPECT_DOUBLE_EQ(sigmoid(1.5).value, 1.0);
  EXPECT_DOUBLE_EQ(sigmoid(1.5).slope, -1.0);
  EXPECT_NEAR(sigmoid(2.5).value, 2.0 / (1.0 + std::exp(2.0)), reference::few_operations);
}

TEST(CertifiedMarginLoss, SlopesAreThoseOfTheValues) {
  for (const Form form : {Form::hinge, Form::squared_hinge, Form::sigmoid}) {
    const CertifiedMarginLoss loss{form, 2.5, 1.5};
    for (const double e : {-2.0, 0.3, 1.4, 1.9, 2.7}) {
      const double difference = (loss(e + 1e-5).value - loss(e - 1e-5).value) / 2e-5;
      EXPECT_NEAR(loss(e).slope, difference, reference::differences) << static_cast<int>(form) << " at " << e;
    }
  }
}

TEST(CertifiedMarginLoss, AnInfiniteMarginCostsNothing) {
  for (const Form form : {Form::hinge, Form::squared_hinge, Form::sigmoid}) {
    const auto [value, slope] = CertifiedMarginLoss{form, 2.5, 1.5}(std::numeric_limits<double>::infinity());
    EXPECT_EQ(value, 0.0);
    EXPECT_EQ(slope, 0.0);
  }
}

}  // namespace
}  // namespace holdfast::objectives
