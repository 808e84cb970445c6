// Perturbations of images that stay images, and projected gradient ascent within them.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "holdfast/core/types.hpp"
#include "holdfast/geometry/norm.hpp"

namespace holdfast::deep {

/// Perturbations delta of an image with pixels in [0, 1]: |delta| <= eps, and all pixels stay in [0, 1].
struct ImageThreat {
  geometry::Norm norm = geometry::Norm::linf;  ///< l2 or linf
  double eps = 0.03;
  Index steps = 10;  ///< gradient steps of an attack
};

/// Parses "linf:0.03" or "l2:1.0". Throws InputError that shows the form.
[[nodiscard]] ImageThreat parse_threat(std::string_view text);
/// "linf:0.03", the text that parses to it.
[[nodiscard]] std::string text(const ImageThreat& threat);

/// A scalar of the perturbed images (n x c x h x w) at a step, counted from 0.
using AttackObjective = std::function<torch::Tensor(const torch::Tensor& images, Index step)>;

/// Projected gradient ascent (Madry et al. 2018): from a random start within the threat, `steps` steps of length
/// 2.5 eps / steps along the sign of the gradient (linf) or along each image's normalized gradient (l2). Returns the
/// perturbed images, n x c x h x w. `seed` seeds the start; no other generator is touched. Throws InputError for l1.
[[nodiscard]] torch::Tensor ascend(const torch::Tensor& images, const ImageThreat& threat, std::uint64_t seed,
                                   const AttackObjective& objective);

}  // namespace holdfast::deep
