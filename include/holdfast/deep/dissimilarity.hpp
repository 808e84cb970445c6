// Dissimilarities of rows: distances of embeddings, and divergences of distributions.
#pragma once

#include <torch/types.h>

#include <optional>
#include <span>
#include <string_view>

#include "holdfast/core/option_table.hpp"

namespace holdfast::deep {

/// A number that a dissimilarity depends on. It is an option of its own: command line, facts, fingerprint and warnings
/// follow from `info`, whose name no other option may have.
struct DissimilarityParameter {
  OptionInfo info;
  double value = 0.0;
};

/// A dissimilarity of all rows of one matrix from all rows of another: a value with its own copy of the parameter.
struct Dissimilarity {
  /// a (n x d) and b (m x d) to n x m. `parameter` is 0 if the dissimilarity has none.
  using Function = torch::Tensor (*)(const torch::Tensor& a, const torch::Tensor& b, double parameter);

  std::string_view name;
  Function function = nullptr;
  bool symmetric = true;    ///< f(a, b) = f(b, a)^T
  bool learns_map = false;  ///< rows are mapped by a learned square matrix L first
  std::optional<DissimilarityParameter> parameter = {};

  [[nodiscard]] torch::Tensor operator()(const torch::Tensor& a, const torch::Tensor& b) const {
    return function(a, b, parameter ? parameter->value : 0.0);
  }
  /// The same with another value of its parameter.
  [[nodiscard]] Dissimilarity with(double value) const;
};

/// Distances of embeddings: euclidean, squared-euclidean, cosine, minkowski, mahalanobis (formulas in
/// src/deep/dissimilarity.cpp). Formed from differences, so that near rows keep their digits. Gradients are 0 at
/// distance 0.
[[nodiscard]] std::span<const Dissimilarity> geometries();

/// Divergences of distributions, natural logarithm: js, sqrt-js, kl, jeffreys, squared-hellinger, hellinger,
/// bhattacharyya, renyi (formulas in src/deep/dissimilarity.cpp). The rows are logarithms of probabilities, so that no
/// logarithm of a rounded zero occurs. Gradients of square roots are 0 at 0.
[[nodiscard]] std::span<const Dissimilarity> divergences();

/// The geometry or divergence of that name. Throws InputError that lists the names.
[[nodiscard]] const Dissimilarity& find_geometry(std::string_view name);
[[nodiscard]] const Dissimilarity& find_divergence(std::string_view name);

}  // namespace holdfast::deep
