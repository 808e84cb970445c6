// A user's program on the deep module: public headers only, a loss by LibTorch and a file by OpenCV. Returns the number
// of the first check that fails.
#include <torch/torch.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "holdfast/core/error.hpp"
#include "holdfast/deep/image_set.hpp"
#include "holdfast/deep/metric_loss.hpp"

int main() {
  holdfast::deep::MetricLossOptions options;
  options.trade_off = 1.0;  // plain triplet loss
  options.form = holdfast::deep::TripletLoss{.margin = 0.5};
  holdfast::deep::MetricLoss loss(options, 2, 2);
  const torch::Tensor z = torch::tensor({{0.0, 0.0}, {0.0, 1.0}, {1.25, 0.0}}, torch::kFloat64);
  const torch::Tensor classes = torch::tensor({0, 0, 1}, torch::kInt64);
  // Two triplets: 1 - 1.25 + 0.5, and 1 - sqrt(2.5625) + 0.5 < 0, which is left out of the mean.
  if (std::abs(loss.forward(z, classes).item<double>() - 0.25) > 1e-12) return 1;

  std::filesystem::create_directories("find_deep_images/a");
  std::ofstream("find_deep_images/a/picture.png") << "no picture";
  try {
    (void)holdfast::deep::read_images("find_deep_images");
    return 2;
  } catch (const holdfast::InputError& error) {
    if (std::string_view(error.what()).find("picture.png") == std::string_view::npos) return 3;
  }
  return 0;
}
