// holdfast predict: labels for rows, with certificates on request.
#include <fmt/format.h>

#include <memory>

#include "commands.hpp"
#include "csv.hpp"
#include "holdfast/certify/knn_bound.hpp"
#include "numbers.hpp"
#include "progress.hpp"
#include "threat_options.hpp"

namespace holdfast::app {
namespace {

struct PredictCommand {
  std::filesystem::path model;
  DataOptions data;
  Index k = 3;
  bool certify = false;
  std::string norm = "l2";
  std::string space = "preprocessed";
  std::filesystem::path out;
};

std::vector<Value> class_names(const model::Model& model, const std::vector<int>& codes) {
  std::vector<Value> names;
  for (const int code : codes) names.emplace_back(model.labels.name(code));
  return names;
}

/// Classes, or numbers of a model of regression.
std::vector<Value> predictions(const model::Model& model, const Matrix& prepared, Index k, const Observer& observer) {
  const model::Predictor predictor(model);
  if (model.task == model::Task::classification) {
    return class_names(model, predictor.predict(prepared, k, {.observer = observer}));
  }
  const Vector numbers = predictor.predict_numbers(prepared, k, {.observer = observer});
  return {numbers.begin(), numbers.end()};
}

void run(const PredictCommand& command, const CommonOptions& common) {
  const certify::ThreatModel threat{.ball = certify::LpBall{geometry::parse_norm(command.norm)},
                                    .space = certify::parse_space(command.space)};
  command.data.require_writable({command.out}, {command.model});
  const model::Model model = load_model(command.model);
  const Dataset data = command.data.read_for(model, LabelUse::unused);
  ProgressBar bar(common);
  std::vector<Value> predicted;
  std::vector<certify::Certificate> certificates;
  std::string space;
  std::string units;
  if (command.certify) {
    const certify::CertifiedKnn knn(model, threat);
    certify::CertificationProblem problem = knn.problem(
        data, {.k = command.k, .against = certify::CertifyAgainst::predictions, .observer = bar.observer()});
    certificates = certify::knn_lower_bounds(knn, problem, {.observer = bar.observer()});
    predicted = class_names(model, problem.predicted);
    space = knn.space_name();
    units = knn.units();
  } else {
    predicted = predictions(model, model.prepare(data), command.k, bar.observer());
  }
  bar.clear();

  const auto rows = [&](bool with_threat) {
    std::vector<Record> records;
    for (std::size_t row = 0; row < predicted.size(); ++row) {
      Record& record = records.emplace_back();
      record.add("row", row).add("predicted", predicted[row]);
      if (command.certify) record.add("radius", certificates[row].radius);
      if (command.certify && with_threat) record.add("norm", threat.norm_name()).add("space", space);
      if (!data.row_names.empty()) record.add("file", data.row_names[row]);
      add_ids(record, data.ids, row);
    }
    return records;
  };
  Record result = Record().add("n", predicted.size()).add("k", command.k);
  if (common.json && command.out.empty()) {
    result.add("predictions", rows(false));
    if (command.certify) result.add("norm", threat.norm_name()).add("space", space);
    return print_json(result);
  }
  CsvOutput csv(command.out);
  for (const Record& record : rows(true)) csv.row(record);
  csv.commit();
  if (command.out.empty()) return;
  result.add("out", command.out.string()).say("{n} predictions (k = {k}) in {out}");
  if (command.certify) result.say(fmt::format("radii: {} norm, {}, lower bounds", threat.norm_name(), units));
  print(result, common);
}

}  // namespace

void add_predict(CLI::App& program, const CommonOptions& common) {
  auto command = std::make_shared<PredictCommand>();
  CLI::App* sub =
      program.add_subcommand("predict", "labels for rows, with --certify the perturbation that each withstands");
  sub->add_option("MODEL", command->model, "model file")->required();
  command->data.add_to(*sub, "--data", "--labels");
  add_neighbors(*sub, command->k);
  sub->add_flag("--certify", command->certify, "add a radius: no smaller perturbation changes the prediction");
  CLI::Option* norm =
      sub->add_option("--norm", command->norm, "norm of the radius: l2, l1 or linf")->capture_default_str();
  CLI::Option* space = sub->add_option("--space", command->space, space_help)->capture_default_str();
  sub->add_option("--out", command->out, "CSV file to write; default: standard output")->type_name("FILE.csv");
  sub->callback([=, &common] {
    for (const CLI::Option* option : {norm, space}) {
      if (option->count() > 0 && !command->certify) {
        warn(fmt::format("{} has no effect without --certify", option->get_name()));
      }
    }
    run(*command, common);
  });
}

}  // namespace holdfast::app
