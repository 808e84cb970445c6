// Distances of embeddings:
//
//   euclidean          |a - b|
//   squared-euclidean  |a - b|^2
//   cosine             1 - cos(a, b)
//   minkowski          (sum |a_i - b_i|^p)^(1/p) with p = `minkowski-order` >= 1
//   mahalanobis        |L (a - b)| with a learned square L, which is applied before
#include <torch/nn/functional.h>

#include <vector>

#include "deep/pairwise.hpp"
#include "holdfast/deep/dissimilarity.hpp"

namespace holdfast::deep {
namespace {

using torch::Tensor;

Tensor euclidean(const Tensor& a, const Tensor& b, double) {
  return minkowski_distances(a, b, 2.0);
}

Tensor squared_euclidean(const Tensor& a, const Tensor& b, double) {
  return minkowski_distances(a, b, 2.0).square();
}

/// 1 - cos of unit rows is half of their squared distance: no cancellation.
Tensor cosine(const Tensor& a, const Tensor& b, double) {
  const auto unit_rows = [](const Tensor& rows) { return torch::nn::functional::normalize(rows); };
  return 0.5 * minkowski_distances(unit_rows(a), unit_rows(b), 2.0).square();
}

}  // namespace

std::span<const Dissimilarity> geometries() {
  static const std::vector<Dissimilarity> all = {
      {.name = "euclidean", .function = euclidean},
      {.name = "squared-euclidean", .function = squared_euclidean},
      {.name = "cosine", .function = cosine},
      {.name = "minkowski",
       .function = minkowski_distances,
       .parameter = DissimilarityParameter{number("minkowski-order", "p of minkowski", at_least(1.0)), 2.0}},
      {.name = "mahalanobis", .function = euclidean, .learns_map = true}};
  return all;
}

}  // namespace holdfast::deep
