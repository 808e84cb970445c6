// holdfast predict: labels for rows, with certificates on request.
#include <fmt/format.h>

#include <iostream>
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

void run(const PredictCommand& command, const CommonOptions& common) {
  const certify::ThreatModel threat{.ball = certify::LpBall{geometry::parse_norm(command.norm)},
                                    .space = certify::parse_space(command.space)};
  if (!command.out.empty()) {
    require_writable(command.out, {command.model, command.data.file(), command.data.labels_file()});
  }
  const model::Model model = load_model(command.model);
  const Dataset data = command.data.read_for(model, false);
  ProgressBar bar(common);
  std::vector<int> predicted;
  std::vector<certify::Certificate> certificates;
  std::string space;
  std::string units;
  if (command.certify) {
    const certify::CertifiedKnn knn(model, threat);
    certify::CertificationProblem problem = knn.problem(
        data, {.k = command.k, .against = certify::CertifyAgainst::predictions, .observer = bar.observer()});
    certificates = certify::knn_lower_bounds(knn, problem, {.observer = bar.observer()});
    predicted = std::move(problem.predicted);
    space = knn.space_name();
    units = knn.units();
  } else {
    predicted = model::Predictor(model).predict(model.prepare(data), command.k, bar.observer());
  }
  bar.clear();

  const auto text = [&](int code) { return model.labels.names[static_cast<std::size_t>(code)]; };
  if (common.json && command.out.empty()) {
    Value::List rows;
    for (std::size_t row = 0; row < predicted.size(); ++row) {
      Record entry = Record().add("row", row).add("predicted", text(predicted[row]));
      if (command.certify) entry.add("radius", certificates[row].radius);
      if (!data.row_names.empty()) entry.add("file", data.row_names[row]);
      rows.emplace_back(std::move(entry));
    }
    Record object = Record().add("n", predicted.size()).add("k", command.k).add("predictions", std::move(rows));
    if (command.certify) object.add("norm", threat.norm_name()).add("space", space);
    print_json(object);
    return;
  }
  CsvOutput csv(command.out);
  std::vector<std::string> header = {"row", "predicted"};
  if (command.certify) header.insert(header.end(), {"radius", "norm", "space"});
  if (!data.row_names.empty()) header.emplace_back("file");
  csv.row(header);
  for (std::size_t row = 0; row < predicted.size(); ++row) {
    std::vector<std::string> cells = {fmt::format("{}", row), text(predicted[row])};
    if (command.certify) {
      cells.insert(cells.end(), {fmt::format("{}", certificates[row].radius), std::string(threat.norm_name()), space});
    }
    if (!data.row_names.empty()) cells.push_back(data.row_names[row]);
    csv.row(cells);
  }
  csv.commit();
  if (command.out.empty()) return;
  if (common.json) {
    print_json(Record().add("n", predicted.size()).add("k", command.k).add("out", command.out.string()));
  } else {
    fmt::print("{} predictions (k = {}) in {}\n", predicted.size(), command.k, command.out.string());
    if (command.certify) {
      fmt::print("radii: {} norm, {}, lower bounds\n", threat.norm_name(), units);
    }
  }
}

}  // namespace

void add_predict(CLI::App& program, const CommonOptions& common) {
  auto command = std::make_shared<PredictCommand>();
  CLI::App* sub =
      program.add_subcommand("predict", "labels for rows, with --certify the perturbation that each withstands");
  sub->add_option("MODEL", command->model, "model file")->required();
  command->data.add_to(*sub, "--data", "--labels");
  sub->add_option("-k", command->k, "nearest neighbours that vote; odd")
      ->capture_default_str()
      ->type_name("N")
      ->check(whole_number);
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
