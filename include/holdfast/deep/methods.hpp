// The losses by the names that users call them by.
#pragma once

#include <span>
#include <string_view>

#include "holdfast/deep/metric_loss.hpp"
#include "holdfast/deep/trainer.hpp"
#include "holdfast/model/model.hpp"

namespace holdfast::deep {

/// A loss with the options that make it what its name says.
struct Method {
  std::string_view name;
  std::string_view summary;
  MetricLossOptions loss;
};

/// hybrid, triplet, contrastive, nt-xent, soft-neighbour, multi-similarity, proxy-anchor, cross-entropy.
[[nodiscard]] std::span<const Method> methods();
/// Null where there is none of that name.
[[nodiscard]] const Method* find_method(std::string_view name);

/// A network as a model like any other: its embeddings of `images` are the reference rows, and their Euclidean distance
/// is the metric. `options` are noted in the model's facts. Throws Stopped.
[[nodiscard]] model::Model model_of(const TrainedNetwork& trained, std::string_view method, const ImageSet& images,
                                    const TrainingOptions& options, const Observer& observer = {});

}  // namespace holdfast::deep
