#include <fmt/format.h>

#include "deep/tensors.hpp"
#include "holdfast/core/version.hpp"
#include "holdfast/deep/train.hpp"

namespace holdfast::deep {
namespace {

model::TrainingFacts facts_of(const TrainedNetwork& trained, std::string_view method, const ImageSet& images,
                              TrainingOptions options) {
  const TrainingReport& report = trained.report;
  options = resolved(std::move(options));
  options.network.dimension = trained.network->dimension();
  options.device = report.device;
  model::TrainingFacts facts;
  facts.method = method;
  for (const auto& [name, value] : training_options().fingerprint(options)) {
    facts.options.emplace_back(name, text_of(value));
  }
  facts.options.emplace_back("device", report.device);
  facts.options.emplace_back("kept-epoch", fmt::format("{}", report.best_epoch));
  facts.n = images.size();
  facts.d = images.shape().size();
  facts.objective = report.best().loss;
  facts.iterations = report.steps;
  facts.converged = report.converged;
  facts.reason = report.reason;
  facts.seed = options.seed;
  facts.data_checksum = images.checksum();
  facts.program_version = version;
  return facts;
}

}  // namespace

model::Model model_of(const TrainedNetwork& trained, std::string_view method, const ImageSet& images,
                      const TrainingOptions& options, const Observer& observer) {
  const Index dimension = trained.network->dimension();
  return {preprocess::Preprocessor(dimension, {}),
          metric::Metric::from_map(Matrix::Identity(dimension, dimension)),
          matrix_of(embed(*trained.network, images, observer)),
          images.labels().value_or(Labels{}),
          {},
          facts_of(trained, method, images, options),
          std::make_shared<NetworkEmbedding>(trained.network)};
}

}  // namespace holdfast::deep
