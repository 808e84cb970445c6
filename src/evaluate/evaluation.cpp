#include "holdfast/evaluate/evaluation.hpp"

#include <fmt/format.h>

#include <cmath>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"
#include "holdfast/model/predictor.hpp"
#include "holdfast/neighbors/classifier.hpp"

namespace holdfast::evaluate {

std::string_view name(NoiseKind kind) { return kind == NoiseKind::gaussian ? "gaussian" : "uniform"; }

std::vector<NoiseLevel> parse_noise(std::string_view text) {
  const auto refuse = [&] {
    throw InputError(
        Fault{.field = "noise",
              .value = fmt::format("\"{}\"", text),
              .rule = "must be a kind and signal-to-noise ratios in dB, such as gaussian:20,10,5 or uniform:10"});
  };
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  if (colon == std::string_view::npos || (kind != "gaussian" && kind != "uniform")) refuse();
  std::vector<NoiseLevel> levels;
  for (const std::string& part : split_list(text.substr(colon + 1))) {
    const std::optional<double> decibels = parse_real(part);
    if (!decibels || !(std::abs(*decibels) <= 300.0)) refuse();
    levels.push_back({kind == "gaussian" ? NoiseKind::gaussian : NoiseKind::uniform, *decibels});
  }
  return levels;
}

double signal_power(const MatrixView& x) {
  const RowVector mean = x.colwise().mean();
  return (x.rowwise() - mean).squaredNorm() / static_cast<double>(x.size());
}

void add_noise(Matrix& x, const NoiseLevel& level, double power, Random& random) {
  const double deviation = std::sqrt(power / std::pow(10.0, level.snr_db / 10.0));
  const double half_width = std::sqrt(3.0) * deviation;  // a uniform variable on [-w, w] has variance w^2 / 3
  for (double& value : x.reshaped<Eigen::RowMajor>()) {
    value +=
        level.kind == NoiseKind::gaussian ? deviation * random.normal() : half_width * (2.0 * random.uniform() - 1.0);
  }
}

double accuracy(std::span<const int> predicted, std::span<const int> codes) {
  Index right = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) right += predicted[i] == codes[i] ? 1 : 0;
  return codes.empty() ? 0.0 : static_cast<double>(right) / static_cast<double>(codes.size());
}

Evaluation evaluate(const model::Model& model, const DatasetView& test, const EvaluationOptions& options) {
  if (options.repeats < 1) {
    throw InputError(
        Fault{.field = "repeats", .value = fmt::format("{}", options.repeats), .rule = "must be at least 1"});
  }
  neighbors::require_valid_k(options.k, model.reference.rows());
  const Matrix prepared = model.prepare(test);
  const std::vector<int> codes = model.codes_of(test);
  const model::Predictor predictor(model);
  Evaluation result;
  result.n = test.rows();
  result.k = options.k;
  result.repeats = options.repeats;
  result.seed = options.seed;
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

Record describe(const NoisyAccuracy& noisy) {
  return Record()
      .add("kind", name(noisy.level.kind), {.label = "noise", .format = "<8"})
      .add("snr_db", noisy.level.snr_db, {.label = "signal-to-noise ratio", .format = ">5g", .unit = "dB"})
      .add("accuracy_mean", noisy.accuracy.mean, {.label = "accuracy", .format = ".4f"})
      .add("accuracy_std", noisy.accuracy.deviation, {.label = "standard deviation", .format = ".4f"})
      .say("  {kind} noise {snr_db}  {accuracy_mean} +- {accuracy_std}");
}

Record describe(const Evaluation& evaluation) {
  Record record;
  record.add("n", evaluation.n)
      .add("k", evaluation.k)
      .add("accuracy", evaluation.accuracy, {.label = "accuracy", .format = ".4f"})
      .add("noise", describe_all(evaluation.noise));
  record.say("accuracy                 {accuracy}").say("{noise}");
  if (!evaluation.noise.empty()) {
    record.say(
        fmt::format("  (signal-to-noise ratio on preprocessed rows; mean and standard deviation of {} draws, seed {})",
                    evaluation.repeats, evaluation.seed));
  }
  if (evaluation.retrieval) record.add("retrieval", describe(*evaluation.retrieval)).say("{retrieval}");
  return record;
}

}  // namespace holdfast::evaluate
