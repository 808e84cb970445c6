// An attack on the images of a model with a network: how much of its accuracy is left.
#pragma once

#include <cstdint>
#include <span>

#include "holdfast/core/observer.hpp"
#include "holdfast/core/record.hpp"
#include "holdfast/deep/image_threat.hpp"
#include "holdfast/model/model.hpp"

namespace holdfast::deep {

/// Shares of images whose class is predicted, with one neighbour and with k, before and after the attack.
struct AttackedAccuracy {
  ImageThreat threat;
  Index k = 1;
  double nearest = 0.0;           ///< 1-NN accuracy against the reference rows
  double nearest_attacked = 0.0;  ///< the same after the attack
  double knn = 0.0;               ///< accuracy of the vote of k neighbours
  double knn_attacked = 0.0;      ///< the same after the attack
  Index images = 0;
};
[[nodiscard]] Record describe(const AttackedAccuracy& accuracy);

/// Attacks every image of a model with a network: each image is moved away from its nearest reference row of its own
/// class and towards the nearest row of another class; the nearest rows are looked up again after half of the steps.
/// Row i of `rows` holds the bytes of image i as numbers, and its class is `codes[i]`. `left_out`: empty, or for each
/// image the reference row that is absent (leave-one-out). Throws InputError for a model without a network, and
/// Stopped.
[[nodiscard]] AttackedAccuracy attack_images(const model::Model& model, const MatrixView& rows,
                                             std::span<const int> codes, const ImageThreat& threat, Index k,
                                             std::uint64_t seed, const Observer& observer = {},
                                             std::span<const Index> left_out = {});

}  // namespace holdfast::deep
