// Training of networks with a metric loss.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "holdfast/core/observer.hpp"
#include "holdfast/deep/adversary.hpp"
#include "holdfast/deep/image_set.hpp"
#include "holdfast/deep/loader.hpp"
#include "holdfast/deep/metric_loss.hpp"
#include "holdfast/deep/network.hpp"
#include "holdfast/deep/sampler.hpp"

namespace holdfast::deep {

enum class Optimizer { adamw, sgd };
[[nodiscard]] std::string_view name(Optimizer optimizer);
[[nodiscard]] Optimizer parse_optimizer(std::string_view text);

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
  /// Images held back to judge each epoch by their Recall@1: this share of each class, at most 5,000 in all; 0: none.
  double validation = 0.1;
  Index patience = 5;  ///< epochs without a better Recall@1 after which training stops; 0: it never does
  std::optional<ImageThreat> adversary;  ///< trains on anchors perturbed within it
  std::string device = "auto";           ///< cpu, cuda, or auto: cuda where there is one
  bool half = true;                      ///< on cuda: bfloat16 for what bears it
  std::filesystem::path checkpoint;      ///< written after every epoch; empty: none
  bool resume = false;                   ///< go on from the checkpoint where it exists
  std::uint64_t seed = 0;
};

/// Throws InputError that names option, value and bound.
void validate(const TrainingOptions& options);

/// What an epoch came to.
struct EpochReport {
  Index epoch = 0;  ///< from 1
  double loss = 0.0;
  std::optional<double> recall;  ///< Recall@1 among the held-back images
  double seconds = 0.0;
  double images_a_second = 0.0;
};

struct TrainingReport {
  std::vector<EpochReport> epochs;
  Index best_epoch = 0;  ///< whose weights were kept
  Index steps = 0;
  std::string reason;  ///< why training ended
  std::string device;
};

struct TrainedNetwork {
  std::shared_ptr<Network> network;
  TrainingReport report;
};

/// Training went wrong in a way that other options may mend: a loss that is no number, or embeddings that are all one
/// point. The message says which step, and what to try.
class TrainingFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Trains a network on labelled images. On a CPU, seed, images, options and number of threads fix every bit, also where
/// training was interrupted and resumed. `on_epoch` is called after every epoch. Throws InputError for options and
/// images that do not go together, TrainingFailed, and Stopped where the observer stops it (after the last whole epoch,
/// which the checkpoint holds).
[[nodiscard]] TrainedNetwork train(const ImageSet& images, const TrainingOptions& options,
                                   const Observer& observer = {},
                                   const std::function<void(const EpochReport&)>& on_epoch = {});

/// Has the C library keep freed memory for the next step in place of giving it back to the system after every one: a
/// sixth of the time of a step on small images. A setting of the whole process, hence for programs to call, not
/// libraries; does nothing but with the GNU C library.
void keep_freed_memory();

}  // namespace holdfast::deep
