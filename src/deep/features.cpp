#include "deep/features.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include "holdfast/core/error.hpp"

namespace holdfast::deep {
namespace {

using torch::Tensor;

torch::nn::Conv2d convolution(Index from, Index to, int kernel, int stride) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(from, to, kernel).stride(stride).padding(kernel / 2).bias(false));
}

/// Kaiming initialization of all convolutions below: for ReLU, by the number of output channels.
void start(torch::nn::Module& module) {
  for (const auto& child : module.modules(false)) {
    if (auto* layer = child->as<torch::nn::Conv2d>()) {
      torch::nn::init::kaiming_normal_(layer->weight, 0.0, torch::kFanOut, torch::kReLU);
    }
  }
}

/// Three convolutions 3 x 3 of 32, 64 and 128 channels, each with batch norm and ReLU; the first two halve the image,
/// and the last is averaged over a grid of 2 x 2.
class SmallConv : public Features {
 public:
  explicit SmallConv(Index channels) {
    const Index widths[] = {channels, 32, 64, 128};
    for (std::size_t i = 0; i < 3; ++i) {
      layers_->push_back(convolution(widths[i], widths[i + 1], 3, 1));
      layers_->push_back(torch::nn::BatchNorm2d(widths[i + 1]));
      layers_->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(true)));
      if (i < 2) layers_->push_back(torch::nn::MaxPool2d(2));
    }
    layers_->push_back(torch::nn::AdaptiveAvgPool2d(2));
    layers_->push_back(torch::nn::Flatten());
    register_module("layers", layers_);
    start(*this);
  }

  Tensor forward(const Tensor& images) override { return layers_->forward(images); }
  [[nodiscard]] Index dimension() const override { return 512; }

 private:
  torch::nn::Sequential layers_;
};

/// Two convolutions 3 x 3 beside a shortcut (He et al. 2016, section 3).
class Block : public torch::nn::Module {
 public:
  Block(Index from, Index to, int stride)
      : first_(register_module("conv1", convolution(from, to, 3, stride))),
        first_norm_(register_module("bn1", torch::nn::BatchNorm2d(to))),
        second_(register_module("conv2", convolution(to, to, 3, 1))),
        second_norm_(register_module("bn2", torch::nn::BatchNorm2d(to))) {
    if (stride == 1 && from == to) return;
    shortcut_ = register_module(
        "downsample",
        torch::nn::Sequential(torch::nn::Conv2d(torch::nn::Conv2dOptions(from, to, 1).stride(stride).bias(false)),
                              torch::nn::BatchNorm2d(to)));
  }

  Tensor forward(const Tensor& x) {
    const Tensor inner = torch::relu(first_norm_->forward(first_->forward(x)));
    const Tensor outer = second_norm_->forward(second_->forward(inner));
    return torch::relu(outer + (shortcut_.is_empty() ? x : shortcut_->forward(x)));
  }

 private:
  torch::nn::Conv2d first_;
  torch::nn::BatchNorm2d first_norm_;
  torch::nn::Conv2d second_;
  torch::nn::BatchNorm2d second_norm_;
  torch::nn::Sequential shortcut_{nullptr};
};

class ResNet18 : public Features {
 public:
  ResNet18(Index channels, bool small_images) {
    stem_->push_back(small_images ? convolution(channels, 64, 3, 1) : convolution(channels, 64, 7, 2));
    stem_->push_back(torch::nn::BatchNorm2d(64));
    stem_->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(true)));
    if (!small_images) stem_->push_back(torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(3).stride(2).padding(1)));
    Index from = 64;
    for (const Index to : {64, 128, 256, 512}) {
      blocks_->push_back(Block(from, to, to == 64 ? 1 : 2));
      blocks_->push_back(Block(to, to, 1));
      from = to;
    }
    register_module("stem", stem_);
    register_module("blocks", blocks_);
    start(*this);
  }

  Tensor forward(const Tensor& images) override {
    return torch::adaptive_avg_pool2d(blocks_->forward(stem_->forward(images)), {1, 1}).flatten(1);
  }
  [[nodiscard]] Index dimension() const override { return 512; }

 private:
  torch::nn::Sequential stem_;
  torch::nn::Sequential blocks_;
};

void require_size(const ImageShape& shape, Index least, std::string_view name) {
  if (shape.height >= least && shape.width >= least) return;
  throw InputError(Fault{.field = "backbone",
                         .value = std::string(name),
                         .rule = fmt::format("needs images of at least {} x {} pixels; these have {} x {}", least,
                                             least, shape.height, shape.width)});
}

}  // namespace

std::shared_ptr<Features> named_features(std::string_view name, const ImageShape& shape) {
  if (name == "small-conv") {
    require_size(shape, 8, name);
    return std::make_shared<SmallConv>(shape.channels);
  }
  if (name == "resnet18" || name == "resnet18-small") {
    require_size(shape, name == "resnet18" ? 32 : 8, name);
    return std::make_shared<ResNet18>(shape.channels, name == "resnet18-small");
  }
  return nullptr;
}

}  // namespace holdfast::deep
