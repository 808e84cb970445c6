// Training checkpoints: model, loss and optimizer state after an epoch, as a file.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "deep/module_state.hpp"
#include "holdfast/deep/train.hpp"

namespace holdfast::deep {

/// The state of a training after a whole epoch.
struct TrainingState {
  TrainingReport report;
  double best_recall = -1.0;
  ModuleState network;
  ModuleState loss;
  ModuleState best;       ///< the network after the best epoch; empty if no images are held back
  std::string optimizer;  ///< the optimizer's state as LibTorch serializes it
};

/// A checkpoint can be resumed only by a training with the same fingerprint. Names with their values as texts: checksum
/// of the images, seed, number of threads, and every option in effect that shapes the network. `options` are resolved.
using Fingerprint = std::map<std::string, std::string>;
[[nodiscard]] Fingerprint fingerprint_of(const ImageSet& images, const TrainingOptions& options);

/// Writes a checkpoint. The old file is replaced only when the new one is complete.
void save_checkpoint(const std::filesystem::path& file, const Fingerprint& fingerprint, const TrainingState& state);
/// Reads a checkpoint. Throws InputError if it is damaged, or was written by a training with another fingerprint.
[[nodiscard]] TrainingState load_checkpoint(const std::filesystem::path& file, const Fingerprint& fingerprint);

}  // namespace holdfast::deep
