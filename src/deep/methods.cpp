#include "holdfast/deep/methods.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <vector>

#include "holdfast/core/version.hpp"

namespace holdfast::deep {
namespace {

MetricLossOptions geometric(Geometry geometry, const FormOptions& form) {
  MetricLossOptions options;
  options.trade_off = 1.0;
  options.geometry = geometry;
  options.form = form;
  return options;
}

MetricLossOptions cross_entropy() {
  MetricLossOptions options;
  options.metric = false;
  options.cross_entropy = 1.0;
  return options;
}

const std::vector<Method>& table() {
  static const std::vector<Method> methods = {
      {"hybrid", "network; distance and divergence of embeddings at once (Li and Ralescu 2023)", {}},
      {"triplet", "network; triplet loss (Schroff et al. 2015)", geometric(Geometry::euclidean, {})},
      {"contrastive", "network; contrastive loss (Hadsell et al. 2006)",
       geometric(Geometry::euclidean, {.form = Form::contrastive, .margin = 0.5})},
      {"nt-xent", "network; normalised temperature-scaled cross-entropy of pairs (Chen et al. 2020)",
       geometric(Geometry::cosine, {.form = Form::n_pair})},
      {"soft-neighbour", "network; soft nearest neighbour loss (Frosst et al. 2019)",
       geometric(Geometry::squared_euclidean, {.form = Form::soft_neighbour})},
      {"multi-similarity", "network; multi-similarity loss (Wang et al. 2019)",
       geometric(Geometry::cosine, {.form = Form::multi_similarity})},
      {"proxy-anchor", "network; proxy-anchor loss (Kim et al. 2020)",
       geometric(Geometry::cosine, {.form = Form::proxy_anchor, .margin = 0.1, .alpha = 32.0})},
      {"cross-entropy", "network; a classifier's loss, its last layer's input as embedding", cross_entropy()}};
  return methods;
}

}  // namespace

std::span<const Method> methods() {
  return table();
}

const Method* find_method(std::string_view name) {
  const auto at =
      std::find_if(table().begin(), table().end(), [&](const Method& method) { return method.name == name; });
  return at == table().end() ? nullptr : &*at;
}

model::Model model_of(const TrainedNetwork& trained, std::string_view method, const ImageSet& images,
                      const TrainingOptions& options, const Observer& observer) {
  const TrainingReport& report = trained.report;
  const torch::Tensor z = embed(*trained.network, images, torch::kCPU, observer).to(torch::kFloat64).contiguous();
  const Index dimension = trained.network->dimension();
  model::TrainingFacts facts;
  facts.method = method;
  const auto note = [&](const char* name, const auto& value) {
    facts.options.emplace_back(name, fmt::format("{}", value));
  };
  const MetricLossOptions& loss = options.loss;
  if (loss.metric) {
    note("trade-off", loss.trade_off);
    if (loss.trade_off > 0.0) note("geometry", name(loss.geometry));
    if (loss.trade_off < 1.0) {
      note("divergence", name(loss.divergence));
      note("distribution", name(loss.distribution));
      note("temperature", loss.temperature);
    }
    note("form", name(loss.form.form));
    if (loss.form.form == Form::triplet) note("mining", name(loss.form.mining));
    note("margin", loss.form.margin);
    note("loss-temperature", loss.form.temperature);
  }
  note("cross-entropy", loss.cross_entropy);
  note("backbone", options.network.backbone);
  note("dimension", dimension);
  note("batch", options.sampler.batch);
  note("crop", options.augmentation.crop);
  note("flip", options.augmentation.flip ? "yes" : "no");
  note("optimizer", name(options.optimizer));
  note("learning-rate", options.learning_rate);
  note("weight-decay", options.weight_decay);
  note("epochs", options.epochs);
  note("kept-epoch", report.best_epoch);
  if (options.adversary) note("adversarial-training", text(*options.adversary));
  facts.n = images.size();
  facts.d = images.shape().size();
  facts.objective = report.epochs.empty() ? 0.0 : report.epochs.back().loss;
  facts.iterations = report.steps;
  facts.converged = true;
  facts.reason = report.reason;
  facts.seed = options.seed;
  facts.data_checksum = images.checksum();
  facts.program_version = version;
  return {preprocess::Preprocessor(dimension, {}),
          metric::Metric::from_map(Matrix::Identity(dimension, dimension)),
          Eigen::Map<const Matrix>(z.data_ptr<double>(), z.size(0), z.size(1)),
          images.labels().value_or(Labels{}),
          {},
          std::move(facts),
          std::make_shared<NetworkEmbedding>(trained.network)};
}

}  // namespace holdfast::deep
