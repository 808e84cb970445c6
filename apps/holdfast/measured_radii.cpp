#include "measured_radii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/evaluation.hpp"
#include "holdfast/io/npy.hpp"
#include "holdfast/model/training_rows.hpp"
#include "numbers.hpp"
#include "progress.hpp"

namespace holdfast::app {
namespace {

Dataset first_rows(Dataset data, Index limit) {
  if (limit <= 0 || limit >= data.rows()) return data;
  std::vector<Index> rows(static_cast<std::size_t>(limit));
  std::iota(rows.begin(), rows.end(), Index{0});
  return select_rows(data, rows);
}

ModelRadii measure(const std::filesystem::path& file, const RadiiOptions& rows,
                   const std::vector<certify::ThreatModel>& threats,
                   const std::vector<const evaluate::Certifier*>& certifiers,
                   const evaluate::CertifierOptions& options) {
  const model::Model model = load_model(file);
  Dataset test = rows.data.read_for(model, LabelUse::required);
  std::vector<Index> own_rows = model::own_reference_rows(model, test);
  test = first_rows(std::move(test), rows.limit);
  own_rows.resize(std::min(own_rows.size(), static_cast<std::size_t>(test.rows())));
  if (rows.poisoning) model.require_training_rows("say how many of them must change");
  const model::Predictor predictor(model);
  ModelRadii result{.file = file, .method = model.facts.method, .classes = model.labels.names};
  result.columns = rows.threat.columns(model, threats.front().space);
  for (const certify::ThreatModel& threat : threats) {
    const certify::CertifiedKnn knn(predictor, rows.threat.fitted(threat, model, result.columns));
    if (result.threats.empty()) {
      result.problem = knn.problem(test, {.k = rows.k, .left_out = own_rows, .observer = options.observer});
      result.units = knn.units();
      result.space = knn.space_name();
      if (rows.poisoning) result.poisoning = certify::poisoning(knn, result.problem, options.observer);
    }
    ThreatRadii found{std::string(threat.norm_name()), evaluate::radii(knn, result.problem, certifiers, options), {}};
    found.order_violation = evaluate::order_violation(found.methods);
    result.threats.push_back(std::move(found));
  }
  result.ids = std::move(test.ids);
  result.leave_one_out = !own_rows.empty();
  result.accuracy = evaluate::accuracy(result.problem.predicted, result.problem.classes);
  return result;
}

}  // namespace

void RadiiOptions::add_to(CLI::App& command) {
  data.add_to(command, "--test", "--test-labels,--labels");
  add_neighbors(command, k);
  threat.add_to(command);
  add_whole_number(command, "--limit", limit, "the first N rows only; 0: all");
}

std::vector<ModelRadii> measure_radii(const std::vector<std::filesystem::path>& models, const RadiiOptions& rows,
                                      const std::vector<certify::ThreatModel>& threats,
                                      const std::vector<const evaluate::Certifier*>& certifiers,
                                      evaluate::CertifierOptions options, const CommonOptions& common) {
  if (rows.limit < 0) throw InputError(fmt::format("--limit {}: must be at least 1 row (0: all)", rows.limit));
  ProgressBar bar(common);
  options.seed = common.seed;
  options.observer = bar.observer();
  std::vector<ModelRadii> measured;
  for (const std::filesystem::path& file : models) {
    measured.push_back(measure(file, rows, threats, certifiers, options));
    for (const ThreatRadii& radii : measured.back().threats) {
      if (!radii.order_violation) continue;
      throw std::logic_error(
          fmt::format("{}, {}: {}, which must not be; this is an error of the program, please report it", file.string(),
                      radii.norm, *radii.order_violation));
    }
  }
  bar.clear();
  for (const ModelRadii& radii : measured) {
    if (radii.leave_one_out) note_leave_one_out(radii.file);
  }
  return measured;
}

void write_witnesses(const std::filesystem::path& file, const std::vector<ModelRadii>& models,
                     const evaluate::Certifier* only) {
  std::vector<RowVector> witnesses;
  for_each(models, [&](const ModelRadii& model, const ThreatRadii&, const evaluate::Radii& radii) {
    if (only != nullptr && radii.certifier != only) return;
    for (Index row = 0; row < model.problem.size(); ++row) {
      const auto& witness = radii.certificates[static_cast<std::size_t>(row)].witness;
      witnesses.push_back(witness ? *witness : RowVector(model.problem.rows.row(row)));
    }
  });
  Matrix all(static_cast<Index>(witnesses.size()), models.front().problem.rows.cols());
  for (Index line = 0; line < all.rows(); ++line) all.row(line) = witnesses[static_cast<std::size_t>(line)];
  io::write_npy(file, all);
}

}  // namespace holdfast::app
