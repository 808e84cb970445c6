#include "measured_radii.hpp"

#include <fmt/format.h>

#include <numeric>
#include <stdexcept>

#include "holdfast/evaluate/evaluation.hpp"
#include "holdfast/io/npy.hpp"

namespace holdfast::app {
namespace {

Dataset first_rows(Dataset data, Index limit) {
  if (limit <= 0 || limit >= data.rows()) return data;
  std::vector<Index> rows(static_cast<std::size_t>(limit));
  std::iota(rows.begin(), rows.end(), Index{0});
  return select_rows(data, rows);
}

}  // namespace

ModelRadii measure_radii(const std::filesystem::path& model_file, const DataOptions& data, const RadiiWanted& wanted,
                         ProgressBar& bar) {
  const model::Model model = load_model(model_file);
  const Dataset test = first_rows(data.read_for(model, true), wanted.limit);
  const bool raw = wanted.threats.front().space == certify::Space::raw;
  const Index columns = raw ? test.x.cols() : model.metric.map().cols();
  const model::Predictor predictor(model);
  ModelRadii result;
  for (const certify::ThreatModel& threat : wanted.threats) {
    const certify::CertifiedKnn knn(predictor, wanted.options->fitted(threat, columns));
    if (result.threats.empty()) {
      result.problem = knn.problem(test, {.k = wanted.k, .observer = bar.observer()});
      result.units = knn.units();
      result.space = knn.space_name();
    }
    ThreatRadii found{std::string(threat.norm_name()), {}, {}};
    found.methods =
        evaluate::radii(knn, result.problem, wanted.certifiers,
                        {.query_budget = wanted.query_budget, .seed = wanted.seed, .observer = bar.observer()});
    found.order_violation = evaluate::order_violation(found.methods);
    result.threats.push_back(std::move(found));
  }
  result.file = model_file;
  result.method = model.facts.method;
  result.accuracy = evaluate::accuracy(result.problem.predicted, result.problem.classes);
  result.classes = model.labels.names;
  return result;
}

void require_order(const std::vector<ModelRadii>& models) {
  for (const ModelRadii& model : models) {
    for (const ThreatRadii& radii : model.threats) {
      if (!radii.order_violation) continue;
      throw std::logic_error(
          fmt::format("{}, {}: {}, which must not be; this is an error of the program, please report it",
                      model.file.string(), radii.norm, *radii.order_violation));
    }
  }
}

void write_witnesses(const std::filesystem::path& file, const std::vector<ModelRadii>& models,
                     const evaluate::Certifier* only) {
  std::vector<RowVector> witnesses;
  for (const ModelRadii& model : models) {
    for (const ThreatRadii& radii : model.threats) {
      for (const evaluate::Radii& method : radii.methods) {
        if (only != nullptr && method.certifier != only) continue;
        for (std::size_t row = 0; row < method.certificates.size(); ++row) {
          const auto& witness = method.certificates[row].witness;
          witnesses.push_back(witness ? *witness : RowVector(model.problem.rows.row(static_cast<Index>(row))));
        }
      }
    }
  }
  Matrix all(static_cast<Index>(witnesses.size()), models.front().problem.rows.cols());
  for (Index line = 0; line < all.rows(); ++line) all.row(line) = witnesses[static_cast<std::size_t>(line)];
  io::write_npy(file, all);
}

}  // namespace holdfast::app
