#include "holdfast/deep/metric_loss.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/nn/functional.h>
#include <torch/nn/init.h>

#include <cmath>
#include <map>

#include "deep/find_named.hpp"

namespace holdfast::deep {
namespace {

using torch::Tensor;
using Options = MetricLossOptions;
using Entry = Option<Options>;

/// An option that chooses an entry of a registry by its name.
template <class T, class NameOf>
Entry choice(const char* name, const char* help, T Options::*field, std::span<const T> all, NameOf name_of,
             const Entry::Condition& in_effect) {
  OptionInfo info = word(name, fmt::format("{}: {}", help, fmt::join(names_of(all, name_of), ", ")));
  info.choices = names_of(all, name_of);
  return {std::move(info), [=](const Options& o) { return std::string(std::invoke(name_of, o.*field)); },
          [=](Options& o, const OptionValue& value) {
            o.*field = find_named(all, name_of, std::get<std::string>(value), name);
          },
          in_effect};
}

/// The parameter of an entry of `field`'s registry: it has a value and an effect if `field` is that entry.
Entry parameter_of(Dissimilarity Options::*field, const Dissimilarity& entry, const Entry::Condition& in_effect) {
  OptionInfo info = entry.parameter->info;
  info.kind = OptionKind::number;
  info.help += fmt::format(" [{}]", entry.parameter->value);
  const auto is_chosen = [=, name = entry.name](const Options& o) { return (o.*field).name == name; };
  return {std::move(info),
          [=](const Options& o) {
            return is_chosen(o) ? std::optional<OptionValue>((o.*field).parameter->value) : std::nullopt;
          },
          [=](Options& o, const OptionValue& value) {
            if (is_chosen(o)) (o.*field).parameter->value = std::get<double>(value);
          },
          [=](const Options& o) { return is_chosen(o) && in_effect(o); }};
}

/// The options of all losses, each name once: it belongs to the chosen loss if that has an option of the name.
std::vector<Entry> options_of_losses() {
  std::map<std::string, OptionInfo> infos;
  for (const Loss& loss : losses()) {
    for (const OptionInfo& info : loss.options().options()) infos.emplace(info.name, info);
  }
  std::vector<Entry> entries;
  for (auto& [name, info] : infos) {
    info.bound = {};  // each loss checks its own
    entries.push_back(Entry(
        std::move(info),
        [name = name](const Options& o) {
          const OptionSet values = o.form.values();
          const OptionValue* value = values.find(name);
          return value != nullptr ? std::optional(*value) : std::nullopt;
        },
        [name = name](Options& o, const OptionValue& value) {
          o.form = o.form.with({{name, value}});
        },
        [name = name](const Options& o) { return o.metric && o.form.options().find(name) != nullptr; }));
  }
  return entries;
}

OptionTable<Options> make_table() {
  const auto uses_distance = [](const Options& o) { return o.uses_distance(); };
  const auto uses_divergence = [](const Options& o) { return o.uses_divergence(); };
  const auto uses_metric = [](const Options& o) { return o.metric; };
  OptionTable<Options> table{};
  const auto add_dissimilarities = [&](const char* name, const char* help, Dissimilarity Options::*field,
                                       std::span<const Dissimilarity> all, const Entry::Condition& in_effect) {
    table.add({choice(name, help, field, all, &Dissimilarity::name, in_effect)});
    for (const Dissimilarity& entry : all) {
      if (entry.parameter) table.add({parameter_of(field, entry, in_effect)});
    }
  };
  table.add({{number("trade-off", "weight lambda of the distance; the divergence has 1 - lambda",
                     between(0.0, 1.0, "must be between 0 (divergence alone) and 1 (distance alone)")),
              &Options::trade_off, uses_metric}});
  add_dissimilarities("geometry", "distance of embeddings", &Options::geometry, geometries(), uses_distance);
  add_dissimilarities("divergence", "divergence of distributions", &Options::divergence, divergences(),
                      uses_divergence);
  table.add(
      {{word("distribution",
             "distribution of a sample: embedding (softmax of the embedding / temperature) or head (softmax of a "
             "linear map to the classes)"),
        &Options::distribution,
        {{"embedding", Distribution::embedding}, {"head", Distribution::head}},
        uses_divergence},
       {number("temperature", "temperature of the distribution from the embedding", above(0.0)), &Options::temperature,
        [](const Options& o) { return o.uses_divergence() && o.distribution == Distribution::embedding; }},
       choice("form", "loss over the pairs of a batch", &Options::form, losses(), &Loss::name, uses_metric)});
  table.add(options_of_losses());
  table.add({{number("cross-entropy", "weight of the cross-entropy of a linear head, added to the loss", at_least(0.0)),
              &Options::cross_entropy}});
  return table;
}

}  // namespace

const OptionTable<Options>& metric_loss_options() {
  static const OptionTable<Options> table = make_table();
  return table;
}

void validate(const Options& options) {
  metric_loss_options().validate(options);
  options.form.validate();
  if (!options.metric && options.cross_entropy == 0.0) {
    throw InputError(Fault{.field = "cross-entropy", .value = "0", .rule = "must be above 0 if it is the only loss"});
  }
}

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
