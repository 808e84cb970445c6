#include "holdfast/deep/network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <torch/script.h>
#include <torch/torch.h>
#include <unistd.h>
#include <numeric>

#include <filesystem>
#include <fstream>

#include "holdfast/core/error.hpp"
#include "holdfast/deep/background_loader.hpp"
#include "reference/deep/small_images.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::deep {
namespace {

using testing::HasSubstr;
using torch::Tensor;

std::filesystem::path temporary(const std::string& name) {
  return std::filesystem::temp_directory_path() / ("holdfast-network-" + std::to_string(::getpid()) + "-" + name);
}

/// A TorchScript file with a linear map of 1 x 12 x 12 images to 5 features.
std::filesystem::path script(const std::string& body = "return torch.matmul(x.flatten(1), self.w)") {
  torch::jit::Module module("backbone");
  module.register_parameter("w", torch::randn({144, 5}, torch::requires_grad()), false);
  module.define("def forward(self, x):\n  " + body + "\n");
  const std::filesystem::path file = temporary("script.pt");
  module.save(file.string());
  return file;
}

std::string error_of(const NetworkOptions& options, const ImageShape& shape) {
  try {
    (void)Network(options, shape);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Network, MapsImagesToUnitLength) {
  struct Case {
    const char* backbone;
    ImageShape shape;
  };
  for (const auto& [backbone, shape] : {Case{"small-conv", {1, 28, 28}}, Case{"small-conv", {3, 32, 32}},
                                        Case{"resnet18-small", {3, 32, 32}}, Case{"resnet18", {3, 64, 64}}}) {
    Network network({.backbone = backbone, .dimension = 16}, shape);
    const Tensor z = network.forward(torch::rand({3, shape.channels, shape.height, shape.width}));
    EXPECT_EQ(z.sizes().vec(), (std::vector<std::int64_t>{3, 16}));
    EXPECT_LT((z.norm(2, 1) - 1.0).abs().max().item<double>(), reference::float32) << backbone;
  }
  Network any({.dimension = 0, .unit = false}, {1, 28, 28});
  EXPECT_EQ(any.dimension(), 512);
  EXPECT_GT((any.forward(torch::rand({3, 1, 28, 28})).norm(2, 1) - 1.0).abs().min().item<double>(), reference::visible);
}

TEST(Network, ResNetHasTheWeightsOfThePaper) {
  Network network({.backbone = "resnet18", .dimension = 0}, {3, 224, 224});
  std::int64_t weights = 0;
  for (const Tensor& parameter : network.parameters()) weights += parameter.numel();
  EXPECT_EQ(weights, 11'176'512);  // 11.69 million less the classifier of 1,000 classes
}

TEST(Network, StandardisesPixels) {
  Network network({.dimension = 4}, {2, 12, 12});
  network.eval();
  const Tensor pixels = torch::rand({3, 2, 12, 12});
  const Tensor before = network.forward(pixels);
  const Tensor means = torch::tensor({0.2F, 0.5F});
  const Tensor deviations = torch::tensor({2.0F, 3.0F});
  network.set_statistics({means, deviations});
  const Tensor moved = pixels * deviations.view({1, 2, 1, 1}) + means.view({1, 2, 1, 1});
  EXPECT_LT((network.forward(moved) - before).abs().max().item<double>(), reference::float32_sums);
  const ImageSet images = reference::bars(300, 3, 1);
  std::vector<Index> all(300);
  std::iota(all.begin(), all.end(), Index{0});
  EXPECT_NEAR(channel_statistics(images).means[0].item<double>(), batch_of(images, all).mean().item<double>(),
              reference::float32_sums);
}

TEST(Network, ComesBackFromItsStoredForm) {
  for (const NetworkOptions& options :
       {NetworkOptions{.dimension = 8}, NetworkOptions{.backbone = script().string(), .dimension = 3},
        NetworkOptions{.backbone = script().string(), .dimension = 0, .unit = false}}) {
    auto network = std::make_shared<Network>(options, ImageShape{1, 12, 12});
    network->train();
    (void)network->forward(torch::rand({8, 1, 12, 12}));  // moves the statistics of batch norm
    network->eval();
    const NetworkEmbedding embedding(network);
    const auto back = read_network(embedding.store());
    const Dataset rows = reference::bars(20, 3, 2).as_rows();
    EXPECT_EQ(back->apply(rows.x), embedding.apply(rows.x));
    EXPECT_EQ(back->store(), embedding.store());
    EXPECT_THAT(back->summary(), HasSubstr("images of 12 x 12 pixels, 1 channel"));
    EXPECT_EQ(back->output_dimension(), network->dimension());
  }
}

TEST(Network, EmbedsSetsAndRowsAlike) {
  auto network = std::make_shared<Network>(NetworkOptions{.dimension = 8}, ImageShape{1, 12, 12});
  const ImageSet images = reference::bars(300, 3, 2);
  const Tensor z = embed(*network, images);
  EXPECT_TRUE(network->is_training());  // as it was
  network->eval();
  const Matrix rows = NetworkEmbedding(network).apply(images.as_rows().x);
  for (Index row = 0; row < 300; ++row) EXPECT_NEAR(rows(row, 3), z[row][3].item<double>(), reference::float32);
  EXPECT_THROW((void)embed(*network, images, [](const Progress&) { return Action::stop; }), Stopped);
}

TEST(Network, RefusesDamagedStores) {
  Network network({.dimension = 8}, {1, 12, 12});
  const model::StoredEmbedding whole = network.store();
  const auto refused = [&](auto change) {
    model::StoredEmbedding stored = whole;
    change(stored);
    EXPECT_THROW((void)Network::read(stored), std::invalid_argument);
  };
  refused([](auto& s) { s.description = "{"; });
  refused([](auto& s) { s.description.replace(s.description.find("small-conv"), 10, "large-conv"); });
  refused([](auto& s) { s.tensors.erase("map.weight"); });
  refused([](auto& s) { s.tensors["map.weight"].bytes.pop_back(); });
  refused([](auto& s) { s.tensors["map.weight"] = s.tensors["map.bias"]; });
  refused([](auto& s) { s.tensors["map.bias"].bytes.replace(0, 4, "\x00\x00\xc0\x7f", 4); });  // not a number
  EXPECT_NO_THROW((void)Network::read(whole));
}

TEST(Network, TorchScriptLearnsWithTheRest) {
  Network network({.backbone = script().string(), .dimension = 3}, {1, 12, 12});
  network.forward(torch::rand({4, 1, 12, 12})).sum().backward();
  const Tensor weight = network.named_parameters()["features.p0"];
  ASSERT_TRUE(weight.grad().defined());
  const Tensor before = network.forward(torch::ones({1, 1, 12, 12})).detach();
  {
    const torch::NoGradGuard no_gradient;
    weight.add_(torch::randn_like(weight));
  }
  EXPECT_GT((network.forward(torch::ones({1, 1, 12, 12})) - before).abs().max().item<double>(), reference::visible);
}

TEST(Network, RefusesBackbonesThatDoNotFit) {
  EXPECT_THAT(error_of({.backbone = "vgg"}, {1, 28, 28}), HasSubstr("backbone vgg: is neither a backbone nor"));
  EXPECT_THAT(error_of({.backbone = "resnet18"}, {1, 28, 28}), HasSubstr("at least 32 x 32 pixels"));
  EXPECT_THAT(error_of({.backbone = script().string()}, {3, 12, 12}),
              testing::AllOf(HasSubstr("does not take images of 12 x 12 pixels, 3 channels"), HasSubstr("432")));
  EXPECT_THAT(error_of({.backbone = script("return x").string()}, {1, 12, 12}),
              HasSubstr("gives 2 x 1 x 12 x 12 for a batch of 2 x 1 x 12 x 12"));
  EXPECT_THAT(error_of({.backbone = script("return [x]").string()}, {1, 12, 12}), HasSubstr("not a tensor"));
  const std::filesystem::path text = temporary("text.pt");
  std::ofstream(text) << "not a script";
  EXPECT_THAT(error_of({.backbone = text.string()}, {1, 12, 12}), HasSubstr("is not a TorchScript file"));
  EXPECT_THAT(error_of({.dimension = -1}, {1, 28, 28}), HasSubstr("dimension -1: must be from 1"));
}

}  // namespace
}  // namespace holdfast::deep
