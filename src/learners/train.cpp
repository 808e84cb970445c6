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
#include "learners/prior.hpp"

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

/// The matrices about raw rows as ones about preprocessed rows.
struct Given {
  std::optional<Matrix> start;
  std::optional<Matrix> prior;
  std::optional<Matrix> basis;

  [[nodiscard]] bool replaces(std::string_view option) const {
    return (start && option == "init") || (prior && option == "prior") || (basis && option == "directions");
  }
};

/// Throws InputError unless `method` has the option that the matrix replaces, and rows are preprocessed linearly.
void require_takes(const Method& method, std::string_view option, const preprocess::Preprocessor& preprocessor) {
  const std::string rule = method.options->find(option) == nullptr
                               ? fmt::format("{} has no option of this name", method.name)
                           : !preprocessor.is_affine() ? "rows of unit length are not a linear map of raw rows"
                                                       : std::string();
  if (!rule.empty()) throw InputError(Fault{.field = std::string(option), .rule = rule, .remedy = "leave it out"});
}

/// Rows that are maps or directions of raw rows, z = W x: B W^+ of preprocessed ones.
std::optional<Matrix> prepared_rows(const std::optional<Matrix>& rows, std::string_view option, const Method& method,
                                    const preprocess::Preprocessor& preprocessor) {
  if (!rows) return std::nullopt;
  require_takes(method, option, preprocessor);
  const Matrix weight = preprocessor.folded().weight;
  if (rows->cols() != weight.cols()) {
    throw InputError(
        Fault{.field = std::string(option),
              .rule = fmt::format("must have {} columns, as the data have; it has {}", weight.cols(), rows->cols())});
  }
  return linalg::product(*rows, linalg::pseudo_inverse(weight));
}

/// P of raw rows as the metric of preprocessed rows, z = W x: W^+T P W^+, and the identity for constant columns, which
/// W makes zero: P says nothing of them then, and has to have an inverse.
std::optional<Matrix> prepared_prior(const std::optional<Matrix>& prior, const Method& method,
                                     const preprocess::Preprocessor& preprocessor) {
  if (!prior) return std::nullopt;
  require_takes(method, "prior", preprocessor);
  const Matrix weight = preprocessor.folded().weight;
  require_symmetric_prior(*prior, weight.cols());
  const Matrix inverse = linalg::pseudo_inverse(weight);
  Matrix prepared = linalg::transpose_product(inverse, linalg::product(*prior, inverse));
  prepared.diagonal().array() += 1.0;
  prepared -= linalg::product(weight, inverse);
  return Matrix(0.5 * (prepared + prepared.transpose()));
}

Given given_matrices(const Method& method, const preprocess::Preprocessor& preprocessor, const TrainOptions& options) {
  return {prepared_rows(options.start, "init", method, preprocessor),
          prepared_prior(options.prior, method, preprocessor),
          prepared_rows(options.basis, "directions", method, preprocessor)};
}

const Matrix* address_of(const std::optional<Matrix>& matrix) { return matrix ? &*matrix : nullptr; }

}  // namespace

Trained train(const DatasetView& data, const TrainOptions& options, const Observer& observer) {
  const Method& method = find_method(options.method);
  require_known(options.options);
  require_finite(data);
  auto [preprocessor, reference] =
      preprocess::Preprocessor::fit_transform(options.preprocess, data.x, options.schema.encoded());
  const constraints::Supervision supervision = supervision_of(data, method, options);
  const Given given = given_matrices(method, preprocessor, options);
  if (const auto* labels = std::get_if<Labels>(&supervision)) require_valid_weights(*labels, method);
  Fit fit = method.fit(reference, supervision, options.options,
                       {options.seed, observer, address_of(given.start), address_of(given.prior),
                        address_of(given.basis), &preprocessor});
  if (!std::isfinite(fit.report.objective)) throw not_finite(options.method, fit.report.iterations);
  warn_of_constant_columns(data, fit.report);
  if (method.task == model::Task::classification) warn_of_many_classes(data, fit.report);

  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& [name, value] : method.options->resolve(options.options)) {
    if (std::holds_alternative<Labels>(supervision) || !method.options->find(name)->needs_labels) {
      texts.emplace_back(name, given.replaces(name) ? "given matrix" : text_of(value));
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
  Labels labels = data.labels ? Labels{data.labels->codes, data.labels->names} : Labels{};
  if (fit.prototypes) {
    reference = std::move(fit.prototypes->rows);
    labels = std::move(fit.prototypes->labels);
  }
  return {model::Model{std::move(preprocessor),
                       std::move(fit.metric),
                       std::move(reference),
                       std::move(labels),
                       {data.columns.begin(), data.columns.end()},
                       std::move(facts),
                       nullptr,
                       options.schema,
                       0,
                       method.task},
          std::move(fit.report)};
}

}  // namespace holdfast::learners
