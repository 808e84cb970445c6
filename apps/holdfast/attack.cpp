// holdfast attack: the smallest perturbations found that change predictions.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>

#include "commands.hpp"
#include "csv.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/summary.hpp"
#include "measured_radii.hpp"
#include "numbers.hpp"

namespace holdfast::app {
namespace {

struct AttackCommand {
  std::filesystem::path model;
  RadiiOptions rows;
  evaluate::CertifierOptions options;
  std::filesystem::path out;
  std::filesystem::path adversarial_rows;
};

const evaluate::Radii& attack_in(const ThreatRadii& threat) { return threat.methods.back(); }

void write_csv(const std::filesystem::path& file, const ModelRadii& model) {
  CsvOutput csv(file);
  for (const ThreatRadii& threat : model.threats) {
    const evaluate::Radii& attack = attack_in(threat);
    for (std::size_t row = 0; row < attack.certificates.size(); ++row) {
      Record line = Record()
                        .add("row", row)
                        .add("label", model.class_name(model.problem.classes[row]))
                        .add("predicted", model.class_name(model.problem.predicted[row]))
                        .add("norm", threat.norm)
                        .add("radius", attack.certificates[row].radius)
                        .add("adversarial_label", model.class_name(attack.labels[row]))
                        .add("space", model.space);
      add_ids(line, model.ids, row);
      csv.row(line);
    }
  }
  csv.commit();
}

/// The number of correctly predicted rows that an attack changed.
Index changed(const evaluate::Radii& attack) {
  return std::ranges::count_if(attack.certificates,
                               [](const auto& certificate) { return certificate.witness.has_value(); });
}

/// The number of correctly predicted rows.
Index right(const ModelRadii& model) {
  return std::inner_product(model.problem.predicted.begin(), model.problem.predicted.end(),
                            model.problem.classes.begin(), Index{0}, std::plus<>(), std::equal_to<>());
}

Record describe(const ModelRadii& model) {
  Value::List results;
  for (const ThreatRadii& threat : model.threats) {
    const evaluate::Radii& attack = attack_in(threat);
    Record result = Record().add("norm", threat.norm).add("changed", changed(attack));
    for (const evaluate::Radii& radii : threat.methods) {
      const evaluate::RadiusSummary summary = evaluate::summarize(radii.certificates, {});
      const std::string suffix = &radii == &attack ? "" : fmt::format("_{}", radii.certifier->name);
      result.add("mean_radius" + suffix, summary.mean).add("median_radius" + suffix, summary.median);
    }
    results.emplace_back(result.add("order", evaluate::order_text(threat.methods))
                             .add("order_holds", !threat.order_violation)
                             .add("seconds", attack.seconds));
  }
  Record record = Record()
                      .add("n", model.problem.size())
                      .add("k", model.problem.k)
                      .add("accuracy", model.accuracy)
                      .add("right", right(model))
                      .add("space", model.space)
                      .add("results", results);
  add_columns(record, model.columns);
  return record;
}

void print_text(const AttackCommand& command, const ModelRadii& model) {
  fmt::print("{}: {} rows, {} metric, k = {}, accuracy {:.4f}\n", command.rows.data.name(), model.problem.size(),
             model.method, command.rows.k, model.accuracy);
  fmt::print("sizes in {} of the smallest perturbations found that change a right prediction (0 if it is wrong)\n{}\n",
             model.units, columns_text(model.columns));
  fmt::print("{:<9} {:<7} {:>10} {:>10} {:>15} {:>9}\n", "norm", "", "mean", "median", "changed", "seconds");
  for (const ThreatRadii& threat : model.threats) {
    for (const evaluate::Radii& radii : threat.methods) {
      const evaluate::RadiusSummary summary = evaluate::summarize(radii.certificates, {});
      fmt::print("{:<9} {:<7} {:>10} {:>10} {:>15} {:>9.2f}\n", threat.norm, radii.certifier->name,
                 figure(summary.mean), figure(summary.median),
                 &radii == &attack_in(threat) ? fmt::format("{} of {}", changed(radii), right(model)) : "",
                 radii.seconds);
    }
  }
  fmt::print("\n");
  for (const ThreatRadii& threat : model.threats) {
    fmt::print("{} on every row in {}: holds\n", evaluate::order_text(threat.methods), threat.norm);
  }
  if (!command.out.empty()) fmt::print("one line per row and norm in {}\n", command.out.string());
  if (!command.adversarial_rows.empty()) {
    fmt::print("adversarial rows, one per row and norm, in {} ({})\n", command.adversarial_rows.string(), model.units);
  }
}

void run(const AttackCommand& command, const CommonOptions& common) {
  if (command.options.query_budget < 0) {
    throw InputError(fmt::format("--tries {}: must be at least 0", command.options.query_budget));
  }
  command.rows.data.require_writable({command.out, command.adversarial_rows}, {command.model});
  // With radii below the attack's, so that their order is checked; exact ones where they take no search by regions.
  const std::vector<certify::ThreatModel> threats = command.rows.threat.threats();
  std::vector<std::string> names = {"bound", "attack"};
  if (command.rows.k == 1 && std::ranges::all_of(threats, &certify::ThreatModel::is_euclidean)) {
    names.emplace_back("exact");
  }
  const auto certifiers = evaluate::find_certifiers(names);
  const std::vector<ModelRadii> models =
      measure_radii({command.model}, command.rows, threats, certifiers, command.options, common);
  if (!command.out.empty()) write_csv(command.out, models.front());
  if (!command.adversarial_rows.empty()) write_witnesses(command.adversarial_rows, models, certifiers.back());
  if (common.json) return print_json(describe(models.front()));
  print_text(command, models.front());
}

}  // namespace

void add_attack(CLI::App& program, const CommonOptions& common) {
  auto command = std::make_shared<AttackCommand>();
  CLI::App* sub =
      program.add_subcommand("attack", "the smallest perturbations found that change predictions; adversarial rows");
  sub->add_option("MODEL", command->model, "model file")->required();
  command->rows.add_to(*sub);
  add_whole_number(*sub, "--tries", command->options.query_budget,
                   "query budget: predictions per row that the boundary attack may ask for; 0: no boundary attack");
  sub->add_option("--out", command->out, "CSV file with one line per row and norm")->type_name("FILE.csv");
  sub->add_option("--rows", command->adversarial_rows,
                  "NumPy file with the adversarial row of each of these lines, in the units of --space; the row itself "
                  "if none was found")
      ->type_name("FILE.npy");
  sub->callback([=, &common] { run(*command, common); });
}

}  // namespace holdfast::app
