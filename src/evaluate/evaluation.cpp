#include "holdfast/evaluate/evaluation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"
#include "holdfast/model/predictor.hpp"
#include "holdfast/model/training_rows.hpp"
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
  return static_cast<double>(right) / static_cast<double>(codes.size());
}

void require_repeats(Index repeats) {
  if (repeats >= 1) return;
  throw InputError(Fault{.field = "repeats", .value = fmt::format("{}", repeats), .rule = "must be at least 1"});
}

std::vector<Spread> spreads_under_noise(const Matrix& rows, double power, const EvaluationOptions& options,
                                        const std::function<double(const Matrix& noisy)>& figure) {
  std::vector<Spread> spreads;
  const auto draws = static_cast<Index>(options.noise.size()) * options.repeats;
  for (const NoiseLevel& level : options.noise) {
    std::vector<double> figures;
    for (Index repeat = 0; repeat < options.repeats && rows.rows() > 0; ++repeat) {
      const Index done = static_cast<Index>(spreads.size()) * options.repeats + repeat;
      if (asks_to_stop(options.observer, {"noise", done, draws, 0.0})) throw Stopped{};
      Random random(options.seed, static_cast<std::uint64_t>(repeat));
      Matrix noisy = rows;
      add_noise(noisy, level, power, random);
      figures.push_back(figure(noisy));
    }
    spreads.push_back(spread(figures));
  }
  return spreads;
}

std::string noise_line(Index repeats, std::uint64_t seed) {
  return fmt::format("  (signal-to-noise ratio on preprocessed rows; mean and standard deviation of {} draws, seed {})",
                     repeats, seed);
}

namespace {

/// The test rows whose class the model knows, preprocessed: those whose predictions can be right.
struct JudgedRows {
  Matrix rows;
  std::vector<int> codes;
  std::vector<Index> left_out;  ///< empty, or per row the reference row that does not vote
};

/// The rows of classes that the model knows. `own`: the reference row of each row, or empty.
JudgedRows judged_rows(const model::Model& model, Matrix prepared, const std::vector<int>& codes,
                       const std::vector<Index>& own) {
  const auto is_known = [&](int code) { return code < model.labels.classes(); };
  if (std::ranges::all_of(codes, is_known)) return {std::move(prepared), codes, own};
  JudgedRows judged;
  std::vector<Index> known;
  for (Index row = 0; row < prepared.rows(); ++row) {
    const int code = codes[static_cast<std::size_t>(row)];
    if (!is_known(code)) continue;
    known.push_back(row);
    judged.codes.push_back(code);
  }
  judged.rows = select_rows(prepared, known);
  return judged;
}

/// How the rows were judged, for people.
std::vector<std::string> notes_of(const model::Model& model, const DatasetView& test, const std::vector<int>& codes,
                                  const std::vector<Index>& own) {
  if (!own.empty()) return {std::string(model::leave_one_out_note)};
  if (model.labels.size() == 0) return {"the model has no labels, so that k-NN accuracy is n/a"};
  std::set<int> unknown;
  Index rows = 0;
  const std::string* first = nullptr;
  for (Index row = 0; row < test.rows(); ++row) {
    const int code = codes[static_cast<std::size_t>(row)];
    if (code < model.labels.classes()) continue;
    if (rows++ == 0) first = &test.labels->text(row);
    unknown.insert(code);
  }
  if (rows == 0) return {};
  const std::string classes = fmt::format("{} that the model does not know (\"{}\"{})",
                                          unknown.size() == 1 ? "a class" : fmt::format("{} classes", unknown.size()),
                                          *first, unknown.size() == 1 ? "" : ", ...");
  if (rows == test.rows()) {
    return {
        fmt::format("all rows are of {}, so that k-NN accuracy is n/a; if the model should know them, check that the "
                    "label column is the right one",
                    classes)};
  }
  return {fmt::format("{} of {} rows are of {}; k-NN accuracy is that of the other {} rows", rows, test.rows(), classes,
                      test.rows() - rows)};
}

}  // namespace

Evaluation evaluate(const model::Model& model, const DatasetView& test, const EvaluationOptions& options) {
  if (model.task == model::Task::regression) model.require_classifier("be judged by classes");
  require_repeats(options.repeats);
  Evaluation result;
  result.n = test.rows();
  result.k = options.k;
  result.repeats = options.repeats;
  result.seed = options.seed;
  result.own_rows = model::own_reference_rows(model, test);
  if (model.labels.size() > 0) {
    neighbors::require_valid_k(options.k, model.reference.rows() - (result.own_rows.empty() ? 0 : 1));
  }
  Matrix prepared = model.prepare(test);
  const std::vector<int> codes = model.codes_with_unknown(test);
  result.notes = notes_of(model, test, codes, result.own_rows);
  if (options.retrieval) {
    result.retrieval = retrieval(model.metric.transform(prepared), codes, options.observer);
    if (result.retrieval->queries == 0) {
      result.notes.emplace_back("no two rows are of one class, so that retrieval figures are n/a");
    }
  }
  const JudgedRows judged = judged_rows(model, std::move(prepared), codes, result.own_rows);
  const model::Predictor predictor(model);
  const auto accuracy_of = [&](const Matrix& rows, const Observer& observer) {
    return accuracy(predictor.predict(rows, options.k, {.left_out = judged.left_out, .observer = observer}),
                    judged.codes);
  };
  if (!judged.codes.empty()) result.accuracy = accuracy_of(judged.rows, options.observer);
  const std::vector<Spread> noisy = spreads_under_noise(judged.rows, signal_power(model.reference), options,
                                                        [&](const Matrix& rows) { return accuracy_of(rows, {}); });
  for (std::size_t i = 0; i < noisy.size(); ++i) result.noise.push_back({options.noise[i], noisy[i]});
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
  if (!evaluation.noise.empty()) record.say(noise_line(evaluation.repeats, evaluation.seed));
  if (evaluation.retrieval) record.add("retrieval", describe(*evaluation.retrieval)).say("{retrieval}");
  return record;
}

}  // namespace holdfast::evaluate
