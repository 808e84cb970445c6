#include "holdfast/evaluate/noise.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/core/error.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::evaluate {
namespace {

TEST(Noise, ParsesKindsAndLevels) {
  const std::vector<NoiseLevel> levels = parse_noise("uniform:20,-5.5");
  ASSERT_EQ(levels.size(), 2u);
  EXPECT_EQ(levels[0].kind, NoiseKind::uniform);
  EXPECT_EQ(levels[1].snr_db, -5.5);
  for (const char* bad : {"", "gaussian", "gaussian:", "gaussian:x", "laplace:3", "gaussian:1,,2", "gaussian:inf"}) {
    EXPECT_THROW((void)parse_noise(bad), InputError) << bad;
  }
}

TEST(Noise, HasTheVarianceOfItsRatio) {
  const Matrix x = 3.0 * reference::random_normal(2000, 100, 1);
  const double power = signal_power(x);
  EXPECT_NEAR(power, 9.0, 0.2);
  for (const NoiseKind kind : {NoiseKind::gaussian, NoiseKind::uniform}) {
    Matrix noisy = x;
    Random random(2);
    add_noise(noisy, {kind, 10.0}, power, random);
    EXPECT_NEAR((noisy - x).squaredNorm() / static_cast<double>(x.size()), power / 10.0, 0.02);
    if (kind == NoiseKind::uniform) {
      EXPECT_LE(reference::largest_entry(noisy - x), std::sqrt(3.0 * power / 10.0));
    }
  }
}

}  // namespace
}  // namespace holdfast::evaluate
