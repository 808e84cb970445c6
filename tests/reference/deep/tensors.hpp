// Random tensors, and gradients by finite differences.
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "holdfast/core/random.hpp"

namespace holdfast::reference {

/// Standard normal, float64, of this project's own seeded stream.
inline torch::Tensor random_tensor(const std::vector<std::int64_t>& shape, std::uint64_t seed) {
  torch::Tensor result = torch::empty(shape, torch::kFloat64);
  Random random(seed);
  double* values = result.data_ptr<double>();
  for (std::int64_t i = 0; i < result.numel(); ++i) values[i] = random.normal();
  return result;
}

/// The largest difference between the gradient of `function` at `x` and central differences, relative to the gradient's
/// largest entry (at least 1e-3). Infinity if a value or an entry of the gradient is NaN or infinite, so that no
/// comparison with a tolerance accepts it.
template <class Function>
double gradient_error(const Function& function, const torch::Tensor& x, double step = 1e-6) {
  const torch::Tensor at = x.detach().clone().set_requires_grad(true);
  function(at).backward();
  const torch::Tensor gradient = at.grad().reshape({-1});
  torch::Tensor moved = x.detach().clone().contiguous();
  double* values = moved.data_ptr<double>();
  double worst = 0.0;
  const torch::NoGradGuard no_gradient;
  for (std::int64_t i = 0; i < moved.numel(); ++i) {
    const double value = values[i];
    values[i] = value + step;
    const double above = function(moved).template item<double>();
    values[i] = value - step;
    const double below = function(moved).template item<double>();
    values[i] = value;
    const double error = std::abs((above - below) / (2.0 * step) - gradient[i].template item<double>());
    if (!std::isfinite(error)) return std::numeric_limits<double>::infinity();
    worst = std::max(worst, error);
  }
  return worst / std::max(1e-3, gradient.abs().max().template item<double>());
}

}  // namespace holdfast::reference
