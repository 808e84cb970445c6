#include "holdfast/evaluate/regression.hpp"

#include <fmt/format.h>

#include <cmath>

#include "holdfast/core/error.hpp"
#include "holdfast/model/predictor.hpp"
#include "holdfast/model/training_rows.hpp"

namespace holdfast::evaluate {

RegressionErrors regression_errors(const Vector& predicted, const Vector& truth) {
  const double mean_square = (predicted - truth).squaredNorm() / static_cast<double>(truth.size());
  const double variance = (truth.array() - truth.mean()).square().mean();
  RegressionErrors errors{std::sqrt(mean_square), std::nullopt};
  if (variance > 0.0) errors.r2 = 1.0 - mean_square / variance;
  return errors;
}

RegressionEvaluation evaluate_regression(const model::Model& model, const DatasetView& test,
                                         const EvaluationOptions& options) {
  require_repeats(options.repeats);
  RegressionEvaluation result{.n = test.rows(), .k = options.k, .repeats = options.repeats, .seed = options.seed};
  const Vector truth = numeric_labels(require_labels(test, "be compared with predictions"), model.facts.method);
  const std::vector<Index> own = model::own_reference_rows(model, test);
  if (!own.empty()) result.notes.emplace_back(model::leave_one_out_note);
  const Matrix prepared = model.prepare(test);
  const model::Predictor predictor(model);
  const auto errors_of = [&](const Matrix& rows, const Observer& observer) {
    return regression_errors(predictor.predict_numbers(rows, options.k, {.left_out = own, .observer = observer}),
                             truth);
  };
  result.errors = errors_of(prepared, options.observer);
  const std::vector<Spread> noisy = spreads_under_noise(prepared, signal_power(model.reference), options,
                                                        [&](const Matrix& rows) { return errors_of(rows, {}).rmse; });
  for (std::size_t i = 0; i < noisy.size(); ++i) result.noise.push_back({options.noise[i], noisy[i]});
  return result;
}

Record describe(const NoisyErrors& noisy) {
  return Record()
      .add("kind", name(noisy.level.kind), {.label = "noise", .format = "<8"})
      .add("snr_db", noisy.level.snr_db, {.label = "signal-to-noise ratio", .format = ">5g", .unit = "dB"})
      .add("rmse_mean", noisy.rmse.mean, {.label = "RMSE", .format = ".4g"})
      .add("rmse_std", noisy.rmse.deviation, {.label = "standard deviation", .format = ".4g"})
      .say("  {kind} noise {snr_db}  {rmse_mean} +- {rmse_std}");
}

Record describe(const RegressionEvaluation& evaluation) {
  Record record;
  record.add("n", evaluation.n)
      .add("k", evaluation.k)
      .add("rmse", evaluation.errors.rmse, {.label = "RMSE", .format = ".4g"})
      .add("r2", evaluation.errors.r2, {.label = "R2", .format = ".4f"})
      .add("noise", describe_all(evaluation.noise));
  record.say("RMSE                     {rmse}   (units of the labels)")
      .say("R2                       {r2}")
      .say("{noise}");
  if (!evaluation.noise.empty()) record.say(noise_line(evaluation.repeats, evaluation.seed));
  return record;
}

}  // namespace holdfast::evaluate
