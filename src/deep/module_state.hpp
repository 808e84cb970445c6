// Parameters and buffers of modules by name.
#pragma once

#include <fmt/format.h>
#include <torch/nn/module.h>

#include <map>
#include <stdexcept>
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

/// Copies a state into the tensors of a module. Throws std::invalid_argument if a tensor is missing, or has another
/// shape or type.
inline void restore_state(torch::nn::Module& module, const ModuleState& state) {
  const torch::NoGradGuard no_gradient;
  for (auto& [name, tensor] : state_of(module)) {
    const auto at = state.find(name);
    if (at == state.end()) throw std::invalid_argument(fmt::format("its network lacks the tensor {}", name));
    if (at->second.sizes() != tensor.sizes() || at->second.scalar_type() != tensor.scalar_type()) {
      throw std::invalid_argument(fmt::format("its network's tensor {} has another shape or type", name));
    }
    torch::Tensor(tensor).copy_(at->second);
  }
}

}  // namespace holdfast::deep
