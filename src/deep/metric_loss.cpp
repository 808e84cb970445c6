#include "holdfast/deep/metric_loss.hpp"

#include <torch/nn/functional.h>
#include <torch/nn/init.h>

#include <cmath>

#include "deep/names.hpp"

namespace holdfast::deep {
namespace {

using torch::Tensor;

constexpr Names<Distribution, 2> distributions = {
    {{"embedding", Distribution::embedding}, {"head", Distribution::head}}};

void require(bool holds, const char* option, double value, const char* bound) {
  if (!holds) throw InputError(fmt::format("--{} {}: must be {}", option, value, bound));
}

bool uses_distance(const MetricLossOptions& options) {
  return options.trade_off > 0.0;
}
bool uses_divergence(const MetricLossOptions& options) {
  return options.trade_off < 1.0;
}

}  // namespace

std::string_view name(Distribution distribution) {
  return name_in(distributions, distribution);
}
Distribution parse_distribution(std::string_view text) {
  return value_in(distributions, text, "distribution");
}

void validate(const MetricLossOptions& options) {
  const FormOptions& form = options.form;
  require(options.trade_off >= 0.0 && options.trade_off <= 1.0, "trade-off", options.trade_off,
          "between 0 (divergence alone) and 1 (distance alone)");
  require(options.minkowski_order >= 1.0 && std::isfinite(options.minkowski_order), "minkowski-order",
          options.minkowski_order, "at least 1");
  require(options.renyi_order > 0.0 && options.renyi_order != 1.0 && std::isfinite(options.renyi_order), "renyi-order",
          options.renyi_order, "above 0 and not 1 (which is kl)");
  require(options.temperature > 0.0 && std::isfinite(options.temperature), "temperature", options.temperature,
          "above 0");
  require(form.temperature > 0.0 && std::isfinite(form.temperature), "loss-temperature", form.temperature, "above 0");
  require(form.margin >= 0.0 && std::isfinite(form.margin), "margin", form.margin, "0 or more");
  require(form.alpha > 0.0 && std::isfinite(form.alpha), "sharpness", form.alpha, "above 0");
  require(form.beta > 0.0 && std::isfinite(form.beta), "negative-sharpness", form.beta, "above 0");
  require(options.cross_entropy >= 0.0 && std::isfinite(options.cross_entropy), "cross-entropy", options.cross_entropy,
          "0 or more");
  require(options.metric || options.cross_entropy > 0.0, "cross-entropy", options.cross_entropy,
          "above 0 where it is the only loss");
}

MetricLoss::MetricLoss(const MetricLossOptions& options, std::int64_t dimension, std::int64_t classes)
    : options_(options) {
  validate(options);
  const bool head_distribution =
      options.metric && uses_divergence(options) && options.distribution == Distribution::head;
  if (head_distribution || options.cross_entropy > 0.0) {
    head_ = register_module("head", torch::nn::Linear(dimension, classes));
  }
  if (options.metric && uses_distance(options) && options.geometry == Geometry::mahalanobis) {
    map_ = register_parameter("L", torch::eye(dimension));
  }
  if (options.metric && options.form.form == Form::proxy_anchor) {
    proxies_ = register_parameter("proxies", torch::empty({classes, dimension}));
    torch::nn::init::kaiming_normal_(proxies_, 0.0, torch::kFanOut);
  }
}

Tensor MetricLoss::log_distribution(const Tensor& embeddings) {
  return torch::log_softmax(
      options_.distribution == Distribution::head ? head_->forward(embeddings) : embeddings / options_.temperature, 1);
}

Tensor MetricLoss::proximity(const Tensor& a, const Tensor& b) {
  // The extremes compute one part only, so that they are the plain losses to the last bit and cost no more.
  Tensor geometric, probabilistic;
  if (uses_distance(options_)) {
    const bool mapped = map_.defined();
    geometric = distances(mapped ? torch::matmul(a, map_.t()) : a, mapped ? torch::matmul(b, map_.t()) : b,
                          options_.geometry, options_.minkowski_order);
    if (!uses_divergence(options_)) return geometric;
  }
  const Tensor log_p = log_distribution(a);
  probabilistic =
      divergences(log_p, a.is_same(b) ? log_p : log_distribution(b), options_.divergence, options_.renyi_order);
  if (!uses_distance(options_)) return probabilistic;
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
    total = loss(pairs_between(proximity(anchors, others), classes, other_classes, !proxies), options_.form);
  }
  if (options_.cross_entropy > 0.0) {
    const Tensor entropy =
        options_.cross_entropy * torch::nn::functional::cross_entropy(head_->forward(anchors), classes);
    total = total.defined() ? total + entropy : entropy;
  }
  return total;
}

}  // namespace holdfast::deep
