#include "deep/optimization.hpp"

#include <ATen/autocast_mode.h>
#include <torch/version.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace holdfast::deep {
namespace {

void enable_autocast(bool on) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  at::autocast::set_autocast_dtype(at::kCUDA, at::kBFloat16);
  at::autocast::set_autocast_enabled(at::kCUDA, on);
#else
  at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
  at::autocast::set_enabled(on);
#endif
}

}  // namespace

std::unique_ptr<torch::optim::Optimizer> optimizer_of(const std::vector<torch::Tensor>& parameters,
                                                      const TrainingOptions& options) {
  std::vector<torch::Tensor> decayed;
  std::vector<torch::Tensor> others;
  for (const torch::Tensor& parameter : parameters) {
    if (parameter.requires_grad()) (parameter.dim() > 1 ? decayed : others).push_back(parameter);
  }
  const auto groups = [&](auto group) {
    std::vector<torch::optim::OptimizerParamGroup> result;
    for (const auto& [members, decay] : {std::pair(decayed, options.weight_decay), std::pair(others, 0.0)}) {
      if (members.empty()) continue;
      group.weight_decay(decay);
      result.emplace_back(members, std::make_unique<decltype(group)>(group));
    }
    return result;
  };
  if (options.optimizer == Optimizer::sgd) {
    const torch::optim::SGDOptions settings = torch::optim::SGDOptions(options.learning_rate).momentum(0.9);
    return std::make_unique<torch::optim::SGD>(groups(settings), settings);
  }
  const torch::optim::AdamWOptions settings(options.learning_rate);
  return std::make_unique<torch::optim::AdamW>(groups(settings), settings);
}

double rate_at(Index step, Index total, const TrainingOptions& options) {
  const double warm = std::max(1.0, options.warm_up * static_cast<double>(total));
  const auto at = static_cast<double>(step);
  if (at < warm) return options.learning_rate * (at + 1.0) / (warm + 1.0);
  const double share = (at - warm) / std::max(1.0, static_cast<double>(total) - warm);
  return options.learning_rate * 0.5 * (1.0 + std::cos(std::numbers::pi * share));
}

HalfPrecision::HalfPrecision(bool on) : on_(on) {
  if (on_) enable_autocast(true);
}

HalfPrecision::~HalfPrecision() {
  if (!on_) return;
  at::autocast::clear_cache();
  enable_autocast(false);
}

}  // namespace holdfast::deep
