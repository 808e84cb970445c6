// How well a model predicts, clean and under noise.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/observer.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/record.hpp"
#include "holdfast/evaluate/retrieval.hpp"
#include "holdfast/evaluate/summary.hpp"
#include "holdfast/model/model.hpp"

namespace holdfast::evaluate {

enum class NoiseKind { gaussian, uniform };

struct NoiseLevel {
  NoiseKind kind = NoiseKind::gaussian;
  double snr_db = 10.0;  ///< signal-to-noise ratio in decibels
};

[[nodiscard]] std::string_view name(NoiseKind kind);

/// Parses "gaussian:20,10,5". Throws InputError that gives the valid form.
[[nodiscard]] std::vector<NoiseLevel> parse_noise(std::string_view text);

/// Power of a signal: the mean of x^2 after each column is centred.
[[nodiscard]] double signal_power(const MatrixView& x);

/// Adds noise of variance power / 10^(snr_db/10), the same for every entry: Gaussian, or uniform of that variance.
void add_noise(Matrix& x, const NoiseLevel& level, double power, Random& random);

/// Throws InputError for less than one draw of each noise.
void require_repeats(Index repeats);
/// Says below figures under noise how they came about.
[[nodiscard]] std::string noise_line(Index repeats, std::uint64_t seed);

/// Fraction of equal entries, of one or more.
[[nodiscard]] double accuracy(std::span<const int> predicted, std::span<const int> codes);

struct EvaluationOptions {
  Index k = 3;
  std::vector<NoiseLevel> noise;
  Index repeats = 10;  ///< draws of each noise
  std::uint64_t seed = 0;
  bool retrieval = true;
  Observer observer = {};
};

/// A figure of the rows under each noise of the options, over its repeats; of no rows, spreads of nothing. Repeat r of
/// every level draws from stream r of the seed. `power`: that of the signal. Throws Stopped if the observer stops it.
[[nodiscard]] std::vector<Spread> spreads_under_noise(const Matrix& rows, double power,
                                                      const EvaluationOptions& options,
                                                      const std::function<double(const Matrix& noisy)>& figure);

struct NoisyAccuracy {
  NoiseLevel level;
  Spread accuracy;  ///< over the repeats; nothing if there is no accuracy
};

struct Evaluation {
  Index n = 0;                     ///< test rows
  Index k = 0;                     ///< nearest neighbours that vote
  std::optional<double> accuracy;  ///< over the rows of classes that the model knows; nothing if there are none
  std::vector<NoisyAccuracy> noise;
  Index repeats = 0;                   ///< draws of each noise
  std::uint64_t seed = 0;              ///< of these draws
  std::optional<Retrieval> retrieval;  ///< among the test rows, of known and unknown classes
  std::vector<Index> own_rows;         ///< model::own_reference_rows of the test rows
  std::vector<std::string> notes;      ///< how the rows were judged, if users should know of it; a sentence each
};

/// Evaluates on labelled rows. Noise is added to the preprocessed test rows; its power is that of the model's
/// preprocessed reference rows, so that it does not depend on which rows are tested. Repeat r of every level draws from
/// stream r of the seed. A row whose class the model does not know (any row, for a model without labels) could only be
/// wrong: such rows have no part in accuracies. The rows that the model was trained on are judged leave-one-out. Throws
/// InputError for a model of regression (see evaluate_regression), columns unknown to the model, data without labels,
/// an even k, or repeats < 1.
[[nodiscard]] Evaluation evaluate(const model::Model& model, const DatasetView& test,
                                  const EvaluationOptions& options = {});

[[nodiscard]] Record describe(const NoisyAccuracy& noisy);
/// The figures of the model as a classifier, and its retrieval figures if they were computed.
[[nodiscard]] Record describe(const Evaluation& evaluation);

}  // namespace holdfast::evaluate
