#include "holdfast/deep/image_threat.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "holdfast/core/error.hpp"

namespace holdfast::deep {
namespace {

using torch::Tensor;

Tensor norms_of(const Tensor& images) {
  return images.flatten(1).norm(2, 1).clamp_min(1e-12).view({-1, 1, 1, 1});
}

/// The nearest perturbation within the ball that leaves an image.
Tensor within(const Tensor& images, const Tensor& change, const ImageThreat& threat) {
  const Tensor inside = threat.norm == ImageThreat::Norm::linf
                            ? change.clamp(-threat.eps, threat.eps)
                            : change * (threat.eps / norms_of(change)).clamp_max(1.0);
  return (images + inside).clamp(0.0, 1.0) - images;
}

Tensor random_start(const Tensor& images, const ImageThreat& threat, std::uint64_t seed) {
  auto generator = torch::make_generator<torch::CPUGeneratorImpl>(seed);
  if (threat.norm == ImageThreat::Norm::linf) {
    return (threat.eps * (2.0 * torch::rand(images.sizes(), generator) - 1.0)).to(images.device());
  }
  const Tensor direction = torch::randn(images.sizes(), generator);
  const Tensor share = torch::rand({images.size(0), 1, 1, 1}, generator);
  return (direction * (threat.eps * share / norms_of(direction))).to(images.device());
}

}  // namespace

ImageThreat parse_threat(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view norm = text.substr(0, colon);
  const std::string_view size = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  ImageThreat threat;
  const auto [end, status] = std::from_chars(size.data(), size.data() + size.size(), threat.eps);
  const bool is_number = status == std::errc() && end == size.data() + size.size();
  if ((norm != "linf" && norm != "l2") || !is_number || !(threat.eps > 0.0) || !std::isfinite(threat.eps)) {
    throw InputError(
        fmt::format("\"{}\": must be a norm and a size, of pixels from 0 to 1, such as linf:0.03 or l2:1.0", text));
  }
  threat.norm = norm == "l2" ? ImageThreat::Norm::l2 : ImageThreat::Norm::linf;
  return threat;
}

std::string text(const ImageThreat& threat) {
  return fmt::format("{}:{}", threat.norm == ImageThreat::Norm::l2 ? "l2" : "linf", threat.eps);
}

Tensor ascend(const Tensor& images, const ImageThreat& threat, std::uint64_t seed, const AttackObjective& objective) {
  const double length = 2.5 * threat.eps / static_cast<double>(std::max<Index>(1, threat.steps));
  Tensor change = within(images, random_start(images, threat, seed), threat);
  for (Index step = 0; step < threat.steps; ++step) {
    const Tensor at = (images + change).detach().requires_grad_(true);
    const Tensor gradient = torch::autograd::grad({objective(at, step)}, {at})[0];
    const Tensor direction = threat.norm == ImageThreat::Norm::linf ? gradient.sign() : gradient / norms_of(gradient);
    change = within(images, change + length * direction, threat).detach();
  }
  return (images + change).clamp(0.0, 1.0).detach();
}

}  // namespace holdfast::deep
