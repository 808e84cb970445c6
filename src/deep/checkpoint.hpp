// Where training stands after an epoch, as a file.
#pragma once

#include <torch/nn/module.h>
#include <torch/optim/optimizer.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "holdfast/deep/trainer.hpp"

namespace holdfast::deep {

/// Tensors of a module by name.
using State = std::map<std::string, torch::Tensor>;

/// Copies of all parameters and buffers.
[[nodiscard]] State copy_state(const torch::nn::Module& module);
void restore_state(torch::nn::Module& module, const State& state);

struct Standing {
  TrainingReport report;
  double best_recall = -1.0;
  State network;  ///< of the network's module
  State loss;
  State best;             ///< the network's, after the best epoch; empty where nothing is held back
  std::string optimizer;  ///< as LibTorch writes it
};

/// `identity` is a text that fixes images and options. The file is replaced only once the new one is complete.
void save_standing(const std::filesystem::path& file, const std::string& identity, const Standing& standing);
/// Throws InputError where the file is damaged, or was written for other images or options.
[[nodiscard]] Standing load_standing(const std::filesystem::path& file, const std::string& identity);

}  // namespace holdfast::deep
