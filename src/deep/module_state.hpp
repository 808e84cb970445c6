// Parameters and buffers of modules by name.
#pragma once

#include <torch/nn/module.h>

#include <map>
#include <string>

namespace holdfast::deep {

using ModuleState = std::map<std::string, torch::Tensor>;

/// The module's own tensors.
[[nodiscard]] inline ModuleState state_of(const torch::nn::Module& module) {
  ModuleState state;
  for (const auto& parameter : module.named_parameters()) state[parameter.key()] = parameter.value();
  for (const auto& buffer : module.named_buffers()) state[buffer.key()] = buffer.value();
  return state;
}

/// Copies of them on the CPU.
[[nodiscard]] inline ModuleState copy_of_state(const torch::nn::Module& module) {
  ModuleState state = state_of(module);
  for (auto& [name, tensor] : state) tensor = tensor.detach().to(torch::kCPU).clone();
  return state;
}

}  // namespace holdfast::deep
