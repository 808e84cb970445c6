#include "holdfast/learners/train.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"
#include "holdfast/core/version.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/spd.hpp"
#include "learners/fitting.hpp"

namespace holdfast::learners {
namespace {

/// Names the constant columns: they carry nothing, and often mean that the wrong file or column was read.
void warn_of_constant_columns(const DatasetView& data, FitReport& report) {
  std::vector<std::string> names;
  for (Index k = 0; k < data.dimension(); ++k) {
    if (!preprocess::is_constant(data.x, k)) continue;
    names.push_back(data.columns.empty() ? fmt::format("{}", k + 1) : data.columns[static_cast<std::size_t>(k)]);
  }
  if (names.empty()) return;
  const std::size_t count = names.size();
  if (count > 5) {
    names.resize(5);
    names.emplace_back("...");
  }
  report.warnings.insert(
      report.warnings.begin(),
      fmt::format("{} of {} feature columns {} constant and {} no effect ({})", count, data.dimension(),
                  count == 1 ? "is" : "are", count == 1 ? "has" : "have", fmt::join(names, ", ")));
}

/// So many classes are seldom meant: another column is the label, or the label is a quantity.
void warn_of_many_classes(const DatasetView& data, FitReport& report) {
  constexpr Index fewest_rows = 10;
  if (data.labels == nullptr || data.rows() < fewest_rows || 2 * data.labels->classes() <= data.rows()) return;
  report.warnings.insert(
      report.warnings.begin(),
      fmt::format("the label has {} values in {} rows; if another column holds the classes, name it (`label=first`, or "
                  "`label=NAME`)",
                  data.labels->classes(), data.rows()));
}

/// The given pairs, triplets, chunks or quadruplets, or else the labels of the data.
constraints::Supervision supervision_of(const DatasetView& data, const Method& method, const TrainOptions& options) {
  if (const auto* pairs = std::get_if<constraints::PairSet>(&options.supervision)) return *pairs;
  if (const auto* triplets = std::get_if<constraints::TripletSet>(&options.supervision)) return *triplets;
  if (const auto* chunks = std::get_if<constraints::ChunkSet>(&options.supervision)) return *chunks;
  if (const auto* compared = std::get_if<constraints::QuadrupletSet>(&options.supervision)) return *compared;
  const Labels& labels = require_labels(data, "learn a metric");
  if (labels.classes() < 2 && method.needs_classes) {
    throw InputError(Fault{.place = std::string(data.source),
                           .rule = fmt::format("all {} rows have the label \"{}\"; a classifier needs rows of two "
                                               "classes or more",
                                               data.rows(), labels.size() > 0 ? labels.text(0) : std::string()),
                           .remedy = "check that the label column is the right one (`label=NAME`)"});
  }
  return labels;
}

/// Throws InputError for weights that the method does not take, or that are no weights.
void require_valid_weights(const Labels& labels, const Method& method) {
  const std::vector<double>& weights = labels.weights;
  if (weights.empty()) return;
  if (!method.takes_weights) {
    std::vector<std::string_view> others;
    for (const Method& other : methods()) {
      if (other.takes_weights) others.push_back(other.name);
    }
    throw InputError(Fault{.rule = fmt::format("{} takes no weights of rows", method.name),
                           .remedy = fmt::format("leave them out, or use {}", join_list(others, "or"))});
  }
  const auto valid = [](double weight) { return weight >= 0.0 && std::isfinite(weight); };
  if (static_cast<Index>(weights.size()) != labels.size() || !std::ranges::all_of(weights, valid) ||
      std::ranges::count(weights, 0.0) == static_cast<std::ptrdiff_t>(weights.size())) {
    throw InputError(
        Fault{.field = "weights", .rule = "must be one finite number of at least 0 per row, some of them above 0"});
  }
}

/// The given map of raw rows as one of preprocessed rows.
std::optional<Matrix> prepared_start(const Method& method, const preprocess::Preprocessor& preprocessor,
                                     const TrainOptions& options) {
  if (!options.start) return std::nullopt;
  const std::string rule = method.options->find("init") == nullptr
                               ? fmt::format("{} does not start from a given map", method.name)
                           : !preprocessor.is_affine() ? "rows of unit length are not a linear map of raw rows"
                                                       : std::string();
  if (!rule.empty()) throw InputError(Fault{.field = "init", .rule = rule, .remedy = "leave it out"});
  const Matrix weight = preprocessor.folded().weight;
  if (options.start->cols() != weight.cols()) {
    throw InputError(Fault{.field = "init",
                           .rule = fmt::format("must have {} columns, as the data have; it has {}", weight.cols(),
                                               options.start->cols())});
  }
  return linalg::product(*options.start, linalg::pseudo_inverse(weight));
}

}  // namespace

Trained train(const DatasetView& data, const TrainOptions& options, const Observer& observer) {
  const Method& method = find_method(options.method);
  require_known(options.options);
  require_finite(data);
  auto [preprocessor, reference] =
      preprocess::Preprocessor::fit_transform(options.preprocess, data.x, options.schema.encoded());
  const constraints::Supervision supervision = supervision_of(data, method, options);
  const std::optional<Matrix> start = prepared_start(method, preprocessor, options);
  if (const auto* labels = std::get_if<Labels>(&supervision)) require_valid_weights(*labels, method);
  Fit fit = method.fit(reference, supervision, options.options, {options.seed, observer, start ? &*start : nullptr});
  if (!std::isfinite(fit.report.objective)) throw not_finite(options.method, fit.report.iterations);
  warn_of_constant_columns(data, fit.report);
  if (method.task == model::Task::classification) warn_of_many_classes(data, fit.report);

  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& [name, value] : method.options->resolve(options.options)) {
    if (std::holds_alternative<Labels>(supervision) || !method.options->find(name)->needs_labels) {
      texts.emplace_back(name, text_of(value));
    }
  }
  texts.emplace_back("preprocess", preprocessor.specification());
  if (!std::holds_alternative<Labels>(supervision)) {
    texts.emplace_back("supervision", name(static_cast<SupervisionKind>(supervision.index())));
  }
  for (const auto& [name, value] : fit.report.derived) texts.emplace_back(name, fmt::format("{}", value));
  model::TrainingFacts facts{.method = options.method,
                             .options = std::move(texts),
                             .n = data.rows(),
                             .d = data.dimension(),
                             .n_triplets = fit.report.n_triplets,
                             .objective = fit.report.objective,
                             .iterations = fit.report.iterations,
                             .converged = fit.report.converged(),
                             .reason = std::string(fit.report.reason_text()),
                             .seed = options.seed,
                             .data_checksum = checksum(data),
                             .program_version = version};
  return {model::Model{std::move(preprocessor),
                       std::move(fit.metric),
                       std::move(reference),
                       data.labels ? Labels{data.labels->codes, data.labels->names} : Labels{},
                       {data.columns.begin(), data.columns.end()},
                       std::move(facts),
                       nullptr,
                       options.schema,
                       0,
                       method.task},
          std::move(fit.report)};
}

}  // namespace holdfast::learners
