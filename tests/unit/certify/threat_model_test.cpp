#include "holdfast/certify/threat_model.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::certify {
namespace {

TEST(ThreatModel, SpacesAreParsed) {
  for (const Space space : {Space::raw, Space::preprocessed}) EXPECT_EQ(parse_space(name(space)), space);
  EXPECT_EQ(reference::message_of([] { (void)parse_space("cooked"); }),
            "space \"cooked\": must be preprocessed or raw");
}

TEST(ThreatModel, OfAPNorm) {
  const ThreatModel threat{.ball = LpBall{Norm::linf}};
  EXPECT_EQ(threat.norm_name(), "linf");
  EXPECT_EQ(threat.norm(), Norm::linf);
  EXPECT_FALSE(threat.is_euclidean());
  EXPECT_EQ(threat.ellipsoid(), nullptr);
  EXPECT_EQ(threat.measure(Vector{{1.0, -3.0}}), 3.0);
  EXPECT_TRUE(ThreatModel{}.is_euclidean());
}

TEST(ThreatModel, OfAnEllipsoid) {
  const ThreatModel threat{.ball = Ellipsoid(Matrix{{2.0, 1.0}, {1.0, 3.0}})};
  EXPECT_EQ(threat.norm_name(), "ellipsoid");
  EXPECT_TRUE(threat.is_euclidean());
  EXPECT_NEAR(threat.measure(Vector{{1.0, -2.0}}), std::sqrt(2.0 - 4.0 + 12.0), reference::rounding);
}

TEST(ThreatModel, LimitsChangesToABox) {
  const RowVector row{{0.25, 0.5}};
  EXPECT_FALSE(ThreatModel{}.limits_for(row));
  const ThreatModel threat{.box = Box{RowVector::Zero(2), RowVector::Ones(2)}};
  EXPECT_EQ(threat.limits_for(row)->lower, (RowVector{{-0.25, -0.5}}));
  EXPECT_EQ(threat.limits_for(row)->upper, (RowVector{{0.75, 0.5}}));
}

TEST(Ellipsoid, NeedsASymmetricPositiveDefiniteMatrix) {
  const auto refusal = [](Matrix a) { return reference::message_of([&] { (void)Ellipsoid(a); }); };
  EXPECT_EQ(refusal(Matrix::Identity(2, 3)), "the matrix of an ellipsoid must be square");
  EXPECT_EQ(refusal(Matrix{{1, 0.1, 0}, {0, 1, 0}, {0, 0, 1}}), "the matrix of an ellipsoid must be symmetric");
  EXPECT_EQ(refusal(Matrix::Constant(3, 3, std::nan(""))), "the matrix of an ellipsoid must be symmetric");
  EXPECT_EQ(
      refusal(Matrix{{1, 0, 0}, {0, -1, 0}, {0, 0, 1}}),
      "the matrix of an ellipsoid must be positive definite: with this one some perturbations would cost nothing");
}

}  // namespace
}  // namespace holdfast::certify
