#include "holdfast/certify/certificate.hpp"

#include <gtest/gtest.h>

namespace holdfast::certify {
namespace {

TEST(Certificate, KindsHaveNames) {
  EXPECT_EQ(name(BoundKind::lower_bound), "lower bound");
  EXPECT_EQ(name(BoundKind::exact), "exact");
  EXPECT_EQ(name(BoundKind::upper_bound), "upper bound");
}

TEST(Certificate, PromisesNothingByDefault) {
  const Certificate certificate;
  EXPECT_EQ(certificate.radius, 0.0);
  EXPECT_EQ(certificate.kind, BoundKind::lower_bound);
  EXPECT_FALSE(certificate.witness.has_value());
}

}  // namespace
}  // namespace holdfast::certify
