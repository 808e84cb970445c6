#include "holdfast/deep/image_threat.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"

namespace holdfast::deep {
namespace {

using geometry::Norm;
using torch::Tensor;

Tensor norms_of(const Tensor& images) { return images.flatten(1).norm(2, 1).clamp_min(1e-12).view({-1, 1, 1, 1}); }

/// The nearest perturbation within the ball that leaves an image.
Tensor within(const Tensor& images, const Tensor& change, const ImageThreat& threat) {
  const Tensor inside = threat.norm == Norm::linf ? change.clamp(-threat.eps, threat.eps)
                                                  : change * (threat.eps / norms_of(change)).clamp_max(1.0);
  return (images + inside).clamp(0.0, 1.0) - images;
}

Tensor random_start(const Tensor& images, const ImageThreat& threat, std::uint64_t seed) {
  auto generator = torch::make_generator<torch::CPUGeneratorImpl>(seed);
  if (threat.norm == Norm::linf) {
    return (threat.eps * (2.0 * torch::rand(images.sizes(), generator) - 1.0)).to(images.device());
  }
  const Tensor direction = torch::randn(images.sizes(), generator);
  const Tensor share = torch::rand({images.size(0), 1, 1, 1}, generator);
  return (direction * (threat.eps * share / norms_of(direction))).to(images.device());
}

}  // namespace

ImageThreat parse_threat(std::string_view text) {
  const std::vector<std::string> parts = split_list(text, ':');
  const double eps = parts.size() == 2 ? parse_real(parts[1]).value_or(0.0) : 0.0;
  if (parts[0] == name(Norm::linf) && eps > 1.0 && std::isfinite(eps)) {
    const std::string meant =
        eps <= 255.0 ? fmt::format("; did you mean linf:{:.3g} ({:g}/255)?", eps / 255.0, eps) : "";
    throw InputError(fmt::format("\"{}\": pixels are from 0 to 1, so no change of a pixel exceeds 1{}", text, meant));
  }
  for (const Norm norm : {Norm::l2, Norm::linf}) {
    if (name(norm) == parts[0] && eps > 0.0 && std::isfinite(eps)) return {.norm = norm, .eps = eps};
  }
  throw InputError(
      fmt::format("\"{}\": must be a norm and a size, of pixels from 0 to 1, such as linf:0.03 or l2:1.0", text));
}

std::string text(const ImageThreat& threat) { return fmt::format("{}:{}", name(threat.norm), threat.eps); }

Tensor ascend(const Tensor& images, const ImageThreat& threat, std::uint64_t seed, const AttackObjective& objective) {
  if (threat.norm == Norm::l1) throw InputError("an attack on images needs the norm l2 or linf");
  const double length = 2.5 * threat.eps / static_cast<double>(std::max<Index>(1, threat.steps));
  Tensor change = within(images, random_start(images, threat, seed), threat);
  for (Index step = 0; step < threat.steps; ++step) {
    const Tensor at = (images + change).detach().requires_grad_(true);
    const Tensor gradient = torch::autograd::grad({objective(at, step)}, {at})[0];
    const Tensor direction = threat.norm == Norm::linf ? gradient.sign() : gradient / norms_of(gradient);
    change = within(images, change + length * direction, threat).detach();
  }
  return (images + change).clamp(0.0, 1.0).detach();
}

}  // namespace holdfast::deep
