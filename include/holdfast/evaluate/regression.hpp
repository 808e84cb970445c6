// How well a model of regression predicts, clean and under noise.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "holdfast/core/record.hpp"
#include "holdfast/evaluate/evaluation.hpp"
#include "holdfast/evaluate/summary.hpp"
#include "holdfast/model/model.hpp"

namespace holdfast::evaluate {

/// The errors of predicted numbers.
struct RegressionErrors {
  double rmse = 0.0;         ///< root of the mean squared error, in units of the labels
  std::optional<double> r2;  ///< 1 - mean squared error / variance of the true labels; nothing if these are all equal
};

/// Of n >= 1 predictions.
[[nodiscard]] RegressionErrors regression_errors(const Vector& predicted, const Vector& truth);

struct NoisyErrors {
  NoiseLevel level;
  Spread rmse;  ///< over the repeats
};

struct RegressionEvaluation {
  Index n = 0;  ///< test rows
  Index k = 0;  ///< nearest neighbours whose labels are averaged
  RegressionErrors errors;
  std::vector<NoisyErrors> noise;
  Index repeats = 0;               ///< draws of each noise
  std::uint64_t seed = 0;          ///< of these draws
  std::vector<std::string> notes;  ///< how the rows were judged, if users should know of it; a sentence each
};

/// Evaluates a model of regression on rows with numeric labels; the mean label of the k nearest reference rows is the
/// prediction. Noise and leave-one-out are as in `evaluate`. Throws InputError for a model of classes, labels that are
/// no numbers, columns unknown to the model, k < 1 or repeats < 1.
[[nodiscard]] RegressionEvaluation evaluate_regression(const model::Model& model, const DatasetView& test,
                                                       const EvaluationOptions& options = {});

[[nodiscard]] Record describe(const NoisyErrors& noisy);
[[nodiscard]] Record describe(const RegressionEvaluation& evaluation);

}  // namespace holdfast::evaluate
