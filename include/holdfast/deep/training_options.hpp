// Every option of a training.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/core/option_table.hpp"
#include "holdfast/deep/background_loader.hpp"
#include "holdfast/deep/balanced_sampler.hpp"
#include "holdfast/deep/image_threat.hpp"
#include "holdfast/deep/methods.hpp"
#include "holdfast/deep/metric_loss.hpp"
#include "holdfast/deep/network.hpp"

namespace holdfast::deep {

enum class Optimizer { adamw, sgd };

struct TrainingOptions {
  MetricLossOptions loss;
  NetworkOptions network;
  SamplerOptions sampler;
  Augmentation augmentation;
  Index epochs = 10;
  Optimizer optimizer = Optimizer::adamw;
  double learning_rate = 0.0;  ///< 0: 0.002 for adamw, 0.1 for sgd (momentum 0.9)
  double weight_decay = 1e-4;  ///< of matrices and kernels; biases and norms have none
  double warm_up = 0.05;       ///< share of all steps in which the rate rises from 0; then it falls along a cosine to 0
  double clip = 5.0;           ///< largest norm of a step's gradient; 0: no limit
  double validation = 0.1;     ///< share of each class held back to judge epochs, at most 5,000 images in all; 0: none
  Index patience = 5;          ///< epochs without a better Recall@1 after which training stops; 0: never
  std::optional<ImageThreat> adversary;  ///< trains on anchors perturbed within the threat
  std::string device = "auto";           ///< cpu, cuda, or auto: cuda if there is one
  bool half = true;                      ///< on cuda: bfloat16 for operations that are safe with it
  std::filesystem::path checkpoint;      ///< written after every epoch; empty: none
  bool resume = false;                   ///< continue from the checkpoint if it exists
  std::uint64_t seed = 0;
};

/// Every option but the seed. The options in its fingerprint shape the trained network; the others (device, checkpoint,
/// resume) do not.
[[nodiscard]] const OptionTable<TrainingOptions>& training_options();
/// The options of a method with what is given; options that the method fixes keep their values.
[[nodiscard]] TrainingOptions training_options_of(const Method& method, const OptionSet& given = {});
/// The given names that have no effect with the method.
[[nodiscard]] std::vector<std::string> options_without_effect(const Method& method, const OptionSet& given);
/// The options with every default that depends on others (the learning rate) filled in.
[[nodiscard]] TrainingOptions resolved(TrainingOptions options);
/// Throws InputError that names option, value and bound.
void validate(const TrainingOptions& options);

}  // namespace holdfast::deep
