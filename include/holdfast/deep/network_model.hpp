// Trained networks as models.
#pragma once

#include <string_view>

#include "holdfast/core/observer.hpp"
#include "holdfast/deep/train.hpp"
#include "holdfast/model/model.hpp"

namespace holdfast::deep {

/// A network as a model like any other: its embeddings of `images` are the reference rows, and their Euclidean distance
/// is the metric. The facts hold every option of `options` in effect; objective and convergence are those of the epoch
/// that was kept (TrainingReport). Throws Stopped.
[[nodiscard]] model::Model model_of(const TrainedNetwork& trained, std::string_view method, const ImageSet& images,
                                    const TrainingOptions& options, const Observer& observer = {});

}  // namespace holdfast::deep
