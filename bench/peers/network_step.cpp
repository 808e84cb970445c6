// A training step of this library beside a bare LibTorch loop with the same network, batches and loss, written as one
// would by hand; and the hybrid loss beside the plain triplet loss. Prints JSON of seconds a step;
// bench/peers/network_step.py runs it beside Python and prints the ratios.
//
//   holdfast_network_step IMAGES LABELS STEPS
#include <fmt/format.h>
#include <torch/torch.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "holdfast/core/parallel.hpp"
#include "holdfast/deep/process_memory.hpp"
#include "holdfast/deep/train.hpp"
#include "holdfast/io/image_file.hpp"

namespace {

using namespace holdfast;
using Clock = std::chrono::steady_clock;
using torch::Tensor;

double seconds_since(Clock::time_point began) { return std::chrono::duration<double>(Clock::now() - began).count(); }

deep::ImageSet images_of(const std::string& images, const std::string& labels, Index count) {
  io::PackedImages packed = io::read_packed_images(images, {.labels_file = labels});
  const deep::ImageShape shape{packed.channels, packed.height, packed.width};
  packed.pixels.resize(static_cast<std::size_t>(count * shape.size()));
  packed.labels->codes.resize(static_cast<std::size_t>(count));
  return {shape, std::move(packed.pixels), std::move(packed.labels), images};
}

/// Seconds a step of deep::train, one epoch.
double ours(const deep::ImageSet& images, double trade_off) {
  deep::TrainingOptions options;
  options.loss.trade_off = trade_off;
  options.epochs = 1;
  options.validation = 0.0;
  double per_image = 0.0;
  const deep::TrainedNetwork trained = deep::train(
      images, options, {}, [&](const deep::EpochReport& epoch) { per_image = 1.0 / epoch.images_per_second; });
  return per_image * 120.0;  // a batch of 10 classes x 12 images
}

/// The same by hand: network, loss and optimiser of LibTorch, batches cut from one tensor that is ready in memory.
double bare(const deep::ImageSet& images, double trade_off) {
  torch::set_num_threads(thread_count());
  torch::manual_seed(0);
  torch::nn::Sequential layers;
  const std::int64_t widths[] = {1, 32, 64, 128};
  for (int i = 0; i < 3; ++i) {
    layers->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(widths[i], widths[i + 1], 3).padding(1).bias(false)));
    layers->push_back(torch::nn::BatchNorm2d(widths[i + 1]));
    layers->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(true)));
    if (i < 2) layers->push_back(torch::nn::MaxPool2d(2));
  }
  layers->push_back(torch::nn::AdaptiveAvgPool2d(2));
  layers->push_back(torch::nn::Flatten());
  layers->push_back(torch::nn::Linear(512, 64));
  torch::optim::AdamW optimizer(layers->parameters(), torch::optim::AdamWOptions(2e-3).weight_decay(1e-4));
  std::vector<Index> all;
  for (Index i = 0; i < images.size(); ++i) all.push_back(i);
  const Tensor pixels = (deep::batch_of(images, all) - 0.2860) / 0.3530;
  std::vector<std::int64_t> codes(images.labels()->codes.begin(), images.labels()->codes.end());
  const Tensor classes = torch::tensor(codes);
  deep::MetricLossOptions loss_options;
  loss_options.trade_off = trade_off;
  deep::MetricLoss loss(loss_options, 64, 10);
  layers->train();
  const std::int64_t steps = images.size() / 120;
  const Clock::time_point began = Clock::now();
  for (std::int64_t step = 0; step < steps; ++step) {
    const Tensor z = torch::nn::functional::normalize(layers->forward(pixels.narrow(0, step * 120, 120)));
    const Tensor value = loss.forward(z, classes.narrow(0, step * 120, 120));
    optimizer.zero_grad();
    value.backward();
    torch::nn::utils::clip_grad_norm_(layers->parameters(), 5.0);
    optimizer.step();
    (void)value.item<double>();
  }
  return seconds_since(began) / static_cast<double>(steps);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: holdfast_network_step IMAGES LABELS STEPS\n", stderr);
    return 2;
  }
  deep::keep_freed_memory();
  const Index steps = std::stol(argv[3]);
  const deep::ImageSet images = images_of(argv[1], argv[2], steps * 120);
  (void)ours(images, 0.5);  // a warm-up
  nlohmann::ordered_json seconds;
  seconds["hybrid"] = ours(images, 0.5);
  seconds["bare_hybrid"] = bare(images, 0.5);
  seconds["triplet"] = ours(images, 1.0);
  seconds["bare_triplet"] = bare(images, 1.0);
  fmt::print("{}\n", seconds.dump());
  return 0;
}
