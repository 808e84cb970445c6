// Training of networks with a metric loss, and trained networks as models.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/observer.hpp"
#include "holdfast/core/record.hpp"
#include "holdfast/deep/image_set.hpp"
#include "holdfast/deep/network.hpp"
#include "holdfast/deep/training_options.hpp"
#include "holdfast/model/model.hpp"

namespace holdfast::deep {

struct EpochReport {
  Index epoch = 0;               ///< from 1
  double loss = 0.0;             ///< mean over the steps
  std::optional<double> recall;  ///< Recall@1 of retrieval among the held-back images
  double seconds = 0.0;
  double images_per_second = 0.0;
};
[[nodiscard]] Record describe(const EpochReport& epoch);

struct TrainingReport {
  std::vector<EpochReport> epochs;
  Index best_epoch = 0;  ///< the epoch whose weights are kept
  Index steps = 0;
  /// True if training ended because the Recall@1 of the held-back images had stopped rising, not because all epochs
  /// were done.
  bool converged = false;
  std::string reason;  ///< why training ended
  std::string device;

  /// The report of the epoch whose weights are kept.
  [[nodiscard]] const EpochReport& best() const { return epochs.at(static_cast<std::size_t>(best_epoch - 1)); }
};

struct TrainedNetwork {
  std::shared_ptr<Network> network;
  TrainingReport report;
};

/// Training failed in a way that other options may cure: a loss that is not finite, or collapsed embeddings. The
/// message says which step, and what to try; options are in backticks.
class TrainingFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Trains a network on labelled images. On a CPU, every bit follows from seed, images, options and number of threads,
/// also if training was interrupted and resumed. `on_epoch` is called after every epoch. Throws InputError for options
/// and images that do not go together, TrainingFailed, and Stopped if the observer stops it (the checkpoint holds the
/// last whole epoch).
[[nodiscard]] TrainedNetwork train(const ImageSet& images, const TrainingOptions& options,
                                   const Observer& observer = {},
                                   const std::function<void(const EpochReport&)>& on_epoch = {});

/// A network as a model like any other: its embeddings of `images` are the reference rows, and their Euclidean distance
/// is the metric. The facts hold every option of `options` in effect; objective and convergence are those of the epoch
/// that was kept (TrainingReport). Throws Stopped.
[[nodiscard]] model::Model model_of(const TrainedNetwork& trained, std::string_view method, const ImageSet& images,
                                    const TrainingOptions& options, const Observer& observer = {});

}  // namespace holdfast::deep
