// The hybrid metric loss, and through its options the losses that it is compared with.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>

#include <cstdint>

#include "holdfast/deep/forms.hpp"
#include "holdfast/deep/proximity.hpp"

namespace holdfast::deep {

/// What the distribution of a sample is made of.
enum class Distribution {
  embedding,  ///< softmax(z / temperature)
  head        ///< softmax of a learned linear map of z to the classes
};
[[nodiscard]] std::string_view name(Distribution distribution);
[[nodiscard]] Distribution parse_distribution(std::string_view text);

struct MetricLossOptions {
  double trade_off = 0.5;  ///< in [0, 1]: 1 is the geometric loss alone, 0 the probabilistic alone
  Geometry geometry = Geometry::euclidean;
  double minkowski_order = 2.0;
  Divergence divergence = Divergence::jensen_shannon;
  double renyi_order = 0.5;
  Distribution distribution = Distribution::embedding;
  double temperature = 0.1;  ///< of the distribution from the embedding
  bool metric = true;        ///< false: cross-entropy alone
  FormOptions form;
  double cross_entropy = 0.0;  ///< its weight, on the linear head
};

/// Throws InputError that names option, value and bound.
void validate(const MetricLossOptions& options);

/// Hybrid metric loss of Li and Ralescu (arXiv 2301.13459). The proximity of two samples with embeddings z and
/// distributions pi is
///
///   H(i, j) = lambda geo(z_i, z_j) + (1 - lambda) div(pi_i, pi_j)
///
/// and the loss a form (forms.hpp) of H over the batch, plus, where its weight is above 0, the cross-entropy of the
/// head. A module: the head (classes x d), the map of `mahalanobis` (d x d, from the identity) and the proxies (classes
/// x d) learn.
class MetricLoss : public torch::nn::Module {
 public:
  MetricLoss(const MetricLossOptions& options, std::int64_t dimension, std::int64_t classes);

  [[nodiscard]] const MetricLossOptions& options() const { return options_; }
  /// The loss of embeddings (n x d) with their classes (n int64). The gradient reaches embeddings and parameters.
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& embeddings, const torch::Tensor& classes);
  /// The loss of anchors against candidates; row i of both is one sample: adversarial training perturbs the anchors
  /// alone.
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& anchors, const torch::Tensor& candidates,
                                      const torch::Tensor& classes);
  /// H of all pairs, n x m.
  [[nodiscard]] torch::Tensor proximity(const torch::Tensor& a, const torch::Tensor& b);

 private:
  [[nodiscard]] torch::Tensor log_distribution(const torch::Tensor& embeddings);

  MetricLossOptions options_;
  torch::nn::Linear head_{nullptr};
  torch::Tensor map_;      ///< L
  torch::Tensor proxies_;  ///< one a class
};

}  // namespace holdfast::deep
