#include "holdfast/deep/metric_loss.hpp"

#include <torch/nn/functional.h>
#include <torch/nn/init.h>

namespace holdfast::deep {

using torch::Tensor;

MetricLoss::MetricLoss(const MetricLossOptions& options, std::int64_t dimension, std::int64_t classes)
    : options_(options) {
  validate(options);
  const bool head_distribution = options.uses_divergence() && options.distribution == Distribution::head;
  if (head_distribution || options.cross_entropy > 0.0) {
    head_ = register_module("head", torch::nn::Linear(dimension, classes));
  }
  if (options.uses_distance() && options.geometry.learns_map) {
    map_ = register_parameter("L", torch::eye(dimension));
  }
  if (options.metric && options.form.uses_proxies()) {
    proxies_ = register_parameter("proxies", torch::empty({classes, dimension}));
    torch::nn::init::kaiming_normal_(proxies_, 0.0, torch::kFanOut);
  }
}

Tensor MetricLoss::log_distribution(const Tensor& embeddings) {
  return torch::log_softmax(
      options_.distribution == Distribution::head ? head_->forward(embeddings) : embeddings / options_.temperature, 1);
}

Tensor MetricLoss::dissimilarity(const Tensor& a, const Tensor& b) {
  // The extremes compute one part only: they equal the plain losses to the last bit and cost no more.
  Tensor geometric, probabilistic;
  if (options_.uses_distance()) {
    const bool mapped = map_.defined();
    geometric = options_.geometry(mapped ? torch::matmul(a, map_.t()) : a, mapped ? torch::matmul(b, map_.t()) : b);
    if (!options_.uses_divergence()) return geometric;
  }
  const Tensor log_p = log_distribution(a);
  probabilistic = options_.divergence(log_p, a.is_same(b) ? log_p : log_distribution(b));
  if (!options_.uses_distance()) return probabilistic;
  return options_.trade_off * geometric + (1.0 - options_.trade_off) * probabilistic;
}

Tensor MetricLoss::forward(const Tensor& embeddings, const Tensor& classes) {
  return forward(embeddings, embeddings, classes);
}

Tensor MetricLoss::forward(const Tensor& anchors, const Tensor& candidates, const Tensor& classes) {
  Tensor total;
  if (options_.metric) {
    const bool proxies = proxies_.defined();
    const Tensor& others = proxies ? proxies_ : candidates;
    const Tensor other_classes = proxies ? torch::arange(proxies_.size(0), classes.options()) : classes;
    total = options_.form(pairs_between(dissimilarity(anchors, others), classes, other_classes, !proxies));
  }
  if (options_.cross_entropy > 0.0) {
    const Tensor entropy =
        options_.cross_entropy * torch::nn::functional::cross_entropy(head_->forward(anchors), classes);
    total = total.defined() ? total + entropy : entropy;
  }
  return total;
}

}  // namespace holdfast::deep
