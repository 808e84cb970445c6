// What tells one training from another.
#pragma once

#include <string>

#include "holdfast/deep/trainer.hpp"

namespace holdfast::deep {

/// What a checkpoint must share with the training that takes it up.
[[nodiscard]] std::string identity_of(const ImageSet& images, const TrainingOptions& options);

}  // namespace holdfast::deep
