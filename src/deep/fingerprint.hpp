// Fingerprint of a training: a checkpoint can be resumed only by a training with the same fingerprint.
#pragma once

#include <map>
#include <string>

#include "holdfast/deep/image_set.hpp"
#include "holdfast/deep/training_options.hpp"

namespace holdfast::deep {

/// Names with their values as texts: checksum of the images, seed, number of threads, and every option in effect that
/// shapes the network. `options` are resolved.
using Fingerprint = std::map<std::string, std::string>;
[[nodiscard]] Fingerprint fingerprint_of(const ImageSet& images, const TrainingOptions& options);

}  // namespace holdfast::deep
