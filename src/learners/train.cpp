#include "holdfast/learners/train.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "holdfast/core/error.hpp"
#include "holdfast/core/version.hpp"

namespace holdfast::learners {
namespace {

/// Names the constant columns: they carry nothing, and often mean that the wrong file or column was read.
void warn_of_constant_columns(const DatasetView& data, FitReport& report) {
  std::string names;
  Index count = 0;
  for (Index k = 0; k < data.dimension(); ++k) {
    if (data.x.col(k).minCoeff() != data.x.col(k).maxCoeff()) continue;
    ++count;
    if (count > 5) continue;
    names += (names.empty() ? "" : ", ") +
             (data.columns.empty() ? fmt::format("{}", k + 1) : data.columns[static_cast<std::size_t>(k)]);
  }
  if (count == 0) return;
  report.warnings.insert(
      report.warnings.begin(),
      fmt::format("{} of {} feature columns {} constant and {} no effect ({}{})", count, data.dimension(),
                  count == 1 ? "is" : "are", count == 1 ? "has" : "have", names, count > 5 ? ", ..." : ""));
}

/// The labels of the data, or the pairs or triplets given in their place.
constraints::Supervision supervision_of(const DatasetView& data, const TrainOptions& options) {
  if (const auto* pairs = std::get_if<constraints::PairSet>(&options.supervision)) return *pairs;
  if (const auto* triplets = std::get_if<constraints::TripletSet>(&options.supervision)) return *triplets;
  const Labels& labels = require_labels(data, "learn a metric");
  if (labels.classes() < 2) {
    throw InputError(Fault{.place = std::string(data.source),
                           .rule = fmt::format("all {} rows have the label \"{}\"; a classifier needs rows of two "
                                               "classes or more",
                                               data.rows(), labels.size() > 0 ? labels.text(0) : std::string()),
                           .remedy = "check that the label column is the right one (`label=NAME`)"});
  }
  return labels;
}

}  // namespace

Trained train(const DatasetView& data, const TrainOptions& options, const Observer& observer) {
  const Method& method = find_method(options.method);
  require_known(options.options);
  require_finite(data);
  auto [preprocessor, reference] = preprocess::Preprocessor::fit_transform(options.preprocess, data.x);
  const constraints::Supervision supervision = supervision_of(data, options);
  Fit fit = method.fit(reference, supervision, options.options, {options.seed, observer});
  warn_of_constant_columns(data, fit.report);

  model::TrainingFacts facts;
  facts.method = options.method;
  for (const auto& [name, value] : method.options->resolve(options.options)) {
    facts.options.emplace_back(name, text_of(value));
  }
  facts.options.emplace_back("preprocess", preprocessor.specification());
  if (!std::holds_alternative<Labels>(supervision)) {
    const bool pairs = std::holds_alternative<constraints::PairSet>(supervision);
    facts.options.emplace_back("supervision", pairs ? "pairs" : "triplets");
  }
  for (const auto& [name, value] : fit.report.derived) facts.options.emplace_back(name, fmt::format("{}", value));
  facts.n = data.rows();
  facts.d = data.dimension();
  facts.n_triplets = fit.report.n_triplets;
  facts.objective = fit.report.objective;
  facts.iterations = fit.report.iterations;
  facts.converged = fit.report.converged();
  facts.reason = std::string(fit.report.reason_text());
  facts.seed = options.seed;
  facts.data_checksum = checksum(data);
  facts.program_version = version;
  return {model::Model{std::move(preprocessor),
                       std::move(fit.metric),
                       std::move(reference),
                       data.labels ? *data.labels : Labels{},
                       {data.columns.begin(), data.columns.end()},
                       std::move(facts)},
          std::move(fit.report)};
}

}  // namespace holdfast::learners
