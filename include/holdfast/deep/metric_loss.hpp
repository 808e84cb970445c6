// The hybrid metric loss, and through its options the losses that it is compared with.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>

#include <cstdint>

#include "holdfast/core/option_table.hpp"
#include "holdfast/deep/dissimilarity.hpp"
#include "holdfast/deep/loss.hpp"

namespace holdfast::deep {

/// The distribution of a sample.
enum class Distribution {
  embedding,  ///< softmax(z / temperature)
  head        ///< softmax of a learned linear map of z to the classes
};

struct MetricLossOptions {
  double trade_off = 0.5;  ///< in [0, 1]: 1 is the distance alone, 0 the divergence alone
  Dissimilarity geometry = find_geometry("euclidean");
  Dissimilarity divergence = find_divergence("js");
  Distribution distribution = Distribution::embedding;
  double temperature = 0.1;  ///< of the distribution from the embedding
  bool metric = true;        ///< false: cross-entropy alone
  Loss form = TripletLoss{};
  double cross_entropy = 0.0;  ///< weight of the cross-entropy of the linear head

  [[nodiscard]] bool uses_distance() const { return metric && trade_off > 0.0; }
  [[nodiscard]] bool uses_divergence() const { return metric && trade_off < 1.0; }
};

/// Every option of the loss; parameters of geometries and divergences and the options of the losses are among them.
[[nodiscard]] const OptionTable<MetricLossOptions>& metric_loss_options();
/// Throws InputError that names option, value and bound.
void validate(const MetricLossOptions& options);

/// Hybrid metric loss of Li and Ralescu (arXiv 2301.13459). The dissimilarity of two samples with embeddings z and
/// distributions pi is
///
///   H(i, j) = lambda geo(z_i, z_j) + (1 - lambda) div(pi_i, pi_j)
///
/// and the loss is a Loss of H over the batch, plus, if its weight is above 0, the cross-entropy of the head. The head
/// (classes x d), the map of `mahalanobis` (d x d, from the identity) and the proxies (classes x d) are trainable.
class MetricLoss : public torch::nn::Module {
 public:
  MetricLoss(const MetricLossOptions& options, std::int64_t dimension, std::int64_t classes);

  [[nodiscard]] const MetricLossOptions& options() const { return options_; }
  /// The loss of embeddings (n x d) with their classes (n int64). Gradients reach embeddings and parameters.
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& embeddings, const torch::Tensor& classes);
  /// The loss of anchors against candidates; row i of both is one sample: adversarial training perturbs the anchors
  /// alone.
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& anchors, const torch::Tensor& candidates,
                                      const torch::Tensor& classes);
  /// H of all pairs, n x m.
  [[nodiscard]] torch::Tensor dissimilarity(const torch::Tensor& a, const torch::Tensor& b);

 private:
  [[nodiscard]] torch::Tensor log_distribution(const torch::Tensor& embeddings);

  MetricLossOptions options_;
  torch::nn::Linear head_{nullptr};
  torch::Tensor map_;      ///< L
  torch::Tensor proxies_;  ///< one per class
};

}  // namespace holdfast::deep
