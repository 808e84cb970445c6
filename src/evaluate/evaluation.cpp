#include "holdfast/evaluate/evaluation.hpp"

#include <fmt/format.h>

#include "holdfast/core/error.hpp"
#include "holdfast/neighbors/classifier.hpp"

namespace holdfast::evaluate {

Predictor::Predictor(const model::Model& model) : model_(model), index_(model.mapped_reference()) {}

neighbors::Neighbors Predictor::nearest(const MatrixView& prepared, Index k, const Observer& observer) const {
  return index_.search(model_.metric.transform(prepared), k, neighbors::SearchOptions{.observer = observer});
}

std::vector<int> Predictor::predict(const MatrixView& prepared, Index k, const Observer& observer) const {
  model_.require_classifier("predict");
  neighbors::require_valid_k(k, index_.size());
  return neighbors::vote(nearest(prepared, k, observer), model_.labels.codes, model_.labels.classes());
}

double accuracy(std::span<const int> predicted, std::span<const int> codes) {
  Index right = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) right += predicted[i] == codes[i] ? 1 : 0;
  return codes.empty() ? 0.0 : static_cast<double>(right) / static_cast<double>(codes.size());
}

Evaluation evaluate(const model::Model& model, const DatasetView& test, const EvaluationOptions& options) {
  if (options.repeats < 1) throw InputError(fmt::format("repeats {}: must be at least 1", options.repeats));
  neighbors::require_valid_k(options.k, model.reference.rows());
  const Matrix prepared = model.prepare(test);
  const std::vector<int> codes = model.codes_of(test);
  const Predictor predictor(model);
  Evaluation result;
  result.n = test.rows();
  result.k = options.k;
  result.accuracy = accuracy(predictor.predict(prepared, options.k, options.observer), codes);
  const double power = signal_power(model.reference);
  const auto draws = static_cast<Index>(options.noise.size()) * options.repeats;
  for (const NoiseLevel& level : options.noise) {
    std::vector<double> accuracies;
    for (Index repeat = 0; repeat < options.repeats; ++repeat) {
      const Index done = static_cast<Index>(result.noise.size()) * options.repeats + repeat;
      if (asks_to_stop(options.observer, {"noise", done, draws, 0.0})) throw Stopped{};
      Random random(options.seed, static_cast<std::uint64_t>(repeat));
      Matrix noisy = prepared;
      add_noise(noisy, level, power, random);
      accuracies.push_back(accuracy(predictor.predict(noisy, options.k), codes));
    }
    result.noise.push_back({level, spread(accuracies)});
  }
  if (options.retrieval) result.retrieval = retrieval(model.metric.transform(prepared), codes, options.observer);
  return result;
}

}  // namespace holdfast::evaluate
