// holdfast attack: the smallest perturbations found that change predictions.
#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "commands.hpp"
#include "csv.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/summary.hpp"
#include "measured_radii.hpp"
#include "numbers.hpp"

namespace holdfast::app {
namespace {

using evaluate::RadiusMethod;

struct AttackCommand {
  std::filesystem::path model;
  DataOptions data;
  Index k = 1;
  ThreatOptions threat;
  Index tries = 200;
  Index limit = 0;
  std::filesystem::path out;
  std::filesystem::path rows;
};

const evaluate::Radii& attack_in(const NormRadii& norm) {
  return norm.methods.back();
}

void write_csv(const std::filesystem::path& file, const ModelRadii& model) {
  CsvOutput csv(file);
  csv.row({"row", "label", "predicted", "norm", "radius", "adversarial_label", "space"});
  const auto name = [&](int code) { return model.classes[static_cast<std::size_t>(code)]; };
  for (const NormRadii& norm : model.norms) {
    const evaluate::Radii& attack = attack_in(norm);
    for (std::size_t row = 0; row < attack.certificates.size(); ++row) {
      csv.row({fmt::format("{}", row), name(model.codes[row]), name(model.predicted[row]),
               std::string(certify::name(norm.norm)), fmt::format("{}", attack.certificates[row].radius),
               name(attack.labels[row]), model.space});
    }
  }
  csv.commit();
}

/// How many of the rows that are predicted right an attack changed.
Index changed(const evaluate::Radii& attack) {
  Index count = 0;
  for (const certify::Certificate& certificate : attack.certificates) count += certificate.witness ? 1 : 0;
  return count;
}

Index right(const ModelRadii& model) {
  Index count = 0;
  for (std::size_t row = 0; row < model.codes.size(); ++row) count += model.predicted[row] == model.codes[row] ? 1 : 0;
  return count;
}

nlohmann::ordered_json as_json(const ModelRadii& model, Index k) {
  nlohmann::ordered_json results = nlohmann::ordered_json::array();
  for (const NormRadii& norm : model.norms) {
    nlohmann::ordered_json result = {{"norm", certify::name(norm.norm)}, {"changed", changed(attack_in(norm))}};
    double seconds = 0.0;
    for (std::size_t i = 0; i < norm.methods.size(); ++i) {
      const evaluate::RadiusSummary summary = evaluate::summarize(norm.methods[i].certificates, {});
      const bool attack = norm.methods[i].method == RadiusMethod::attack;
      const std::string suffix = attack ? "" : fmt::format("_{}", evaluate::name(norm.methods[i].method));
      result["mean_radius" + suffix] = summary.mean;
      result["median_radius" + suffix] = summary.median;
      if (attack) seconds = norm.seconds[i];
    }
    result["order"] = order_text(norm);
    result["order_holds"] = !norm.disorder;
    result["seconds"] = seconds;
    results.push_back(std::move(result));
  }
  return {{"n", model.codes.size()},    {"k", k},
          {"accuracy", model.accuracy}, {"right", right(model)},
          {"space", model.space},       {"results", results}};
}

void print_text(const AttackCommand& command, const ModelRadii& model) {
  fmt::print("{}: {} rows, {} metric, k = {}, accuracy {:.4f}\n", command.data.file().string(), model.codes.size(),
             model.method, command.k, model.accuracy);
  fmt::print("sizes in {} of the smallest perturbations found that change a right prediction (0 where it is wrong)\n\n",
             model.units);
  fmt::print("{:<9} {:<7} {:>10} {:>10} {:>15} {:>9}\n", "norm", "", "mean", "median", "changed", "seconds");
  for (const NormRadii& norm : model.norms) {
    for (std::size_t i = 0; i < norm.methods.size(); ++i) {
      const evaluate::RadiusSummary summary = evaluate::summarize(norm.methods[i].certificates, {});
      const bool attack = norm.methods[i].method == RadiusMethod::attack;
      fmt::print("{:<9} {:<7} {:>10} {:>10} {:>15} {:>9.2f}\n", certify::name(norm.norm),
                 evaluate::name(norm.methods[i].method), figure(summary.mean), figure(summary.median),
                 attack ? fmt::format("{} of {}", changed(norm.methods[i]), right(model)) : "", norm.seconds[i]);
    }
  }
  fmt::print("\n");
  for (const NormRadii& norm : model.norms) {
    fmt::print("{} on every row in {}: holds\n", order_text(norm), certify::name(norm.norm));
  }
  if (!command.out.empty()) fmt::print("one line a row and norm in {}\n", command.out.string());
  if (!command.rows.empty()) {
    fmt::print("adversarial rows, one a row and norm, in {} ({})\n", command.rows.string(), model.units);
  }
}

void run(const AttackCommand& command, const CommonOptions& common) {
  RadiiWanted wanted{.k = command.k, .threat = &command.threat, .norms = command.threat.norms()};
  wanted.methods = {RadiusMethod::bound, RadiusMethod::attack};
  wanted.tries = command.tries;
  wanted.limit = command.limit;
  wanted.seed = common.seed;
  const bool any_euclidean = std::any_of(wanted.norms.begin(), wanted.norms.end(), [](certify::Norm norm) {
    return norm == certify::Norm::l2 || norm == certify::Norm::ellipsoid;
  });
  if (command.k == 1 && any_euclidean) wanted.methods.insert(wanted.methods.begin() + 1, RadiusMethod::exact);
  (void)command.threat.space();
  if (command.limit < 0) throw InputError(fmt::format("--limit {}: must be at least 1 row (0: all)", command.limit));
  if (command.tries < 0) throw InputError(fmt::format("--tries {}: must be at least 0", command.tries));
  for (const std::filesystem::path& out : {command.out, command.rows}) {
    if (!out.empty()) require_writable(out, {command.model, command.data.file(), command.data.labels_file()});
  }
  ProgressBar bar(common);
  std::vector<ModelRadii> models;
  models.push_back(measure_radii(command.model, command.data, wanted, bar));
  bar.clear();
  require_order(models);
  if (!command.out.empty()) write_csv(command.out, models.front());
  if (!command.rows.empty()) write_witnesses(command.rows, models, RadiusMethod::attack);
  if (common.json) {
    print_json(as_json(models.front(), command.k));
  } else {
    print_text(command, models.front());
  }
}

}  // namespace

void add_attack(CLI::App& program, const CommonOptions& common) {
  auto command = std::make_shared<AttackCommand>();
  CLI::App* sub =
      program.add_subcommand("attack", "the smallest perturbations found that change predictions; adversarial rows");
  sub->add_option("MODEL", command->model, "model file")->required();
  command->data.add_to(*sub, "--test", "--test-labels,--labels");
  sub->add_option("-k", command->k, "nearest neighbours that vote; odd")
      ->capture_default_str()
      ->type_name("N")
      ->check(whole_number);
  command->threat.add_to(*sub);
  sub->add_option("--tries", command->tries,
                  "predictions that the walk along the decision boundary may ask for, a row; 0: no walk")
      ->capture_default_str()
      ->type_name("N")
      ->check(whole_number);
  sub->add_option("--limit", command->limit, "the first N rows only; 0: all")
      ->capture_default_str()
      ->type_name("N")
      ->check(whole_number);
  sub->add_option("--out", command->out, "CSV file with one line a row and norm")->type_name("FILE.csv");
  sub->add_option("--rows", command->rows,
                  "NumPy file with the adversarial row of each of these lines, in the units of --space; the row itself "
                  "where none was found")
      ->type_name("FILE.npy");
  sub->callback([=, &common] { run(*command, common); });
}

}  // namespace holdfast::app
