// Images perturbed within a ball so that their embeddings go wrong: projected gradient ascent.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "holdfast/deep/network.hpp"
#include "holdfast/model/model.hpp"

namespace holdfast::deep {

/// Perturbations of an image, its pixels in [0, 1], that stay images: |delta| <= eps and pixels stay in [0, 1].
struct ImageThreat {
  enum class Norm { l2, linf } norm = Norm::linf;
  double eps = 0.03;
  Index steps = 10;  ///< gradients taken
};

/// "linf:0.03" or "l2:1.0". Throws InputError that shows the form.
[[nodiscard]] ImageThreat parse_threat(const std::string& text);
[[nodiscard]] std::string text(const ImageThreat& threat);

/// Ascends `objective` (a scalar of the perturbed images) from a random start, with steps of 2.5 eps / steps: along the
/// sign of the gradient for linf, along the gradient of each image for l2 (Madry et al. 2018). Returns the perturbed
/// images; `start` seeds LibTorch's generator of the start, which all else leaves alone.
[[nodiscard]] torch::Tensor ascend(const torch::Tensor& images, const ImageThreat& threat, std::uint64_t start,
                                   const std::function<torch::Tensor(const torch::Tensor&)>& objective);

/// What an attack does to search by distance: each image is moved away from its nearest reference row of its own class
/// and towards the nearest of another.
struct AttackedAccuracy {
  double clean = 0.0;     ///< share of images whose nearest reference row is of their class (1-NN accuracy)
  double attacked = 0.0;  ///< the same for the images perturbed
  double clean_knn = 0.0;
  double attacked_knn = 0.0;  ///< with k neighbours that vote
  Index images = 0;
};

/// Attacks every image (row i of `rows`, an image's bytes as numbers, has the class `codes[i]`) of a model with a
/// network. The nearest rows are looked up again after each half of the steps. Throws InputError for a model without a
/// network.
[[nodiscard]] AttackedAccuracy attack_embeddings(const model::Model& model, const MatrixView& rows,
                                                 std::span<const int> codes, const ImageThreat& threat, Index k,
                                                 std::uint64_t seed, const Observer& observer = {});

}  // namespace holdfast::deep
