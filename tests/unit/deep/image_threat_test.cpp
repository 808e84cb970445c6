#include "holdfast/deep/image_threat.hpp"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "holdfast/core/error.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::deep {
namespace {

using torch::Tensor;

TEST(Ascend, ClimbsAndKeepsToBallAndPixels) {
  const Tensor images = torch::rand({5, 1, 6, 6});
  const Tensor direction = torch::randn({1, 6, 6});
  Index steps = 0;
  const auto gain = [&](const Tensor& x) { return (x * direction).sum(); };
  const auto objective = [&](const Tensor& x, Index step) {
    EXPECT_EQ(step, steps++ % 20);
    return gain(x);
  };
  for (const auto norm : {geometry::Norm::linf, geometry::Norm::l2}) {
    const ImageThreat threat{norm, 0.1, 20};
    const Tensor perturbed = ascend(images, threat, 3, objective);
    const Tensor change = (perturbed - images).flatten(1);
    const Tensor size = norm == geometry::Norm::linf ? std::get<0>(change.abs().max(1)) : change.norm(2, 1);
    EXPECT_LE(size.max().item<double>(), 0.1 + reference::float32);
    EXPECT_GE(perturbed.min().item<double>(), 0.0);
    EXPECT_LE(perturbed.max().item<double>(), 1.0);
    EXPECT_TRUE(torch::equal(perturbed, ascend(images, threat, 3, objective)));
    // The best there is: every pixel to its end, or all of the ball along the direction, as far as pixels go.
    if (norm == geometry::Norm::linf) {
      const Tensor best = (images + 0.1 * direction.sign()).clamp(0.0, 1.0);
      EXPECT_NEAR(gain(perturbed).item<double>(), gain(best).item<double>(), 10.0 * reference::float32_sums);
    } else {
      EXPECT_GT((gain(perturbed) - gain(images)).item<double>(), 0.9 * 5 * 0.1 * direction.norm().item<double>() * 0.8);
    }
  }
}

TEST(ImageThreat, IsNormAndSize) {
  EXPECT_EQ(parse_threat("l2:1.5").norm, geometry::Norm::l2);
  EXPECT_EQ(parse_threat("linf:0.03").eps, 0.03);
  try {
    (void)parse_threat("linf:8");
    ADD_FAILURE() << "no error";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean linf:0.0314 (8/255)?"), std::string::npos) << error.what();
  }
  for (const char* good : {"l2:1.5", "linf:0.03"}) EXPECT_EQ(text(parse_threat(good)), good);
  for (const char* bad : {"", "linf", "linf:", "l1:0.1", "linf:0", "linf:-1", "linf:0.1x", "linf:nan"}) {
    EXPECT_THROW((void)parse_threat(bad), InputError) << bad;
  }
  EXPECT_THROW((void)ascend(torch::rand({1, 1, 2, 2}), {.norm = geometry::Norm::l1}, 0, {}), InputError);
}

}  // namespace
}  // namespace holdfast::deep
