// holdfast predict: labels for rows, with certificates on request.
#include <fmt/format.h>

#include <memory>

#include "commands.hpp"
#include "csv.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/certifier.hpp"
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
  std::string method = "bound";
  ThreatOptions threat;
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

/// Predictions with their radii.
struct CertifiedPredictions {
  std::vector<Value> predicted;
  evaluate::Radii radii;
  std::string norm;
  std::string space;
  std::string units;
  certify::ThreatColumns columns;
};

CertifiedPredictions certified_predictions(const PredictCommand& command, const certify::ThreatModel& threat,
                                           const model::Model& model, const Dataset& data,
                                           const evaluate::CertifierOptions& options) {
  certify::ThreatColumns columns = command.threat.columns(model, threat.space);
  const certify::CertifiedKnn knn(model, command.threat.fitted(threat, model, columns));
  const certify::CertificationProblem problem = knn.problem(
      data, {.k = command.k, .against = certify::CertifyAgainst::predictions, .observer = options.observer});
  return {class_names(model, problem.predicted),
          evaluate::radii(knn, problem, evaluate::find_certifier(command.method), options),
          std::string(threat.norm_name()),
          std::string(knn.space_name()),
          knn.units(),
          std::move(columns)};
}

/// What the radii are, and of which perturbations.
std::string radii_text(const CertifiedPredictions& certified) {
  const evaluate::Certifier& certifier = *certified.radii.certifier;
  const std::string kind = certifier.name == certify::name(certifier.kind)
                               ? std::string(certifier.name)
                               : fmt::format("{} ({})", certifier.name, certify::name(certifier.kind));
  return fmt::format("radii: {} norm, {}, {}\n{}", certified.norm, certified.units, kind,
                     columns_text(certified.columns));
}

certify::ThreatModel threat_of(const PredictCommand& command) {
  std::vector<certify::ThreatModel> threats = command.threat.threats();
  if (threats.size() > 1) throw InputError("--norm: predict takes one norm");
  return std::move(threats.front());
}

void run(const PredictCommand& command, const CommonOptions& common) {
  const certify::ThreatModel threat = threat_of(command);
  (void)evaluate::find_certifier(command.method);
  command.data.require_writable({command.out}, {command.model});
  const model::Model model = load_model(command.model);
  const Dataset data = command.data.read_for(model, LabelUse::unused);
  ProgressBar bar(common);
  std::vector<Value> predicted;
  CertifiedPredictions certified;
  if (command.certify) {
    certified = certified_predictions(command, threat, model, data, {.seed = common.seed, .observer = bar.observer()});
    predicted = std::move(certified.predicted);
  } else {
    predicted = predictions(model, model.prepare(data), command.k, bar.observer());
  }
  bar.clear();

  const auto rows = [&](bool with_threat) {
    std::vector<Record> records;
    for (std::size_t row = 0; row < predicted.size(); ++row) {
      Record& record = records.emplace_back();
      record.add("row", row).add("predicted", predicted[row]);
      if (command.certify) {
        const certify::Certificate& certificate = certified.radii.certificates[row];
        record.add("radius", certificate.radius);
        if (certificate.upper) record.add("upper", *certificate.upper);
        if (with_threat) record.add("norm", certified.norm).add("space", certified.space);
      }
      if (!data.row_names.empty()) record.add("file", data.row_names[row]);
      add_ids(record, data.ids, row);
    }
    return records;
  };
  Record result = Record().add("n", predicted.size()).add("k", command.k);
  const auto add_threat = [&] {
    if (!command.certify) return;
    result.add("norm", certified.norm).add("method", certified.radii.certifier->name).add("space", certified.space);
    add_columns(result, certified.columns);
  };
  if (common.json && command.out.empty()) {
    result.add("predictions", rows(false));
    add_threat();
    return print_json(result);
  }
  CsvOutput csv(command.out);
  for (const Record& record : rows(true)) csv.row(record);
  csv.commit();
  if (command.out.empty()) return;
  result.add("out", command.out.string()).say("{n} predictions (k = {k}) in {out}");
  add_threat();
  if (command.certify) result.say(radii_text(certified));
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
  std::vector<CLI::Option*> of_radii = command->threat.add_to(*sub);
  of_radii.push_back(sub->add_option("--method", command->method,
                                     "how the radii are found: bound (a lower bound), fast (lower, but valid), exact "
                                     "(the smallest perturbation itself, 10 s a row), or attack (an upper bound)")
                         ->capture_default_str());
  sub->add_option("--out", command->out, "CSV file to write; default: standard output")->type_name("FILE.csv");
  sub->callback([=, &common] {
    for (const CLI::Option* option : of_radii) {
      if (option->count() > 0 && !command->certify) {
        warn(fmt::format("{} has no effect without --certify", option->get_name()));
      }
    }
    run(*command, common);
  });
}

}  // namespace holdfast::app
