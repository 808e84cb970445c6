// Distances that geometries and divergences share.
#pragma once

#include <torch/types.h>

namespace holdfast::deep {

/// (sum |a_i - b_i|^p)^(1/p) of all rows of a (n x d) from all rows of b (m x d): n x m. From differences, as the
/// matrix product loses half of the digits of near rows.
[[nodiscard]] inline torch::Tensor minkowski_distances(const torch::Tensor& a, const torch::Tensor& b, double p) {
  constexpr std::int64_t from_differences = 2;
  return torch::cdist(a, b, p, from_differences);
}

}  // namespace holdfast::deep
