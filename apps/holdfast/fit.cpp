// holdfast fit: learns a metric from a labelled table and writes a model.
#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <optional>

#include "commands.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/io/model_file.hpp"
#include "holdfast/learners/train.hpp"
#include "numbers.hpp"
#include "progress.hpp"

namespace holdfast::app {
namespace {

struct FitCommand {
  std::string method;
  bool list = false;
  bool keep_best = false;
  DataOptions data;
  std::filesystem::path out;
  std::string preprocess = "auto";
  std::optional<std::string> perturbation;
  learners::MethodOptions options;
};

std::optional<double> parse_derivable(const std::string& text, const std::string& whole) {
  if (text == "auto") return std::nullopt;
  double value = 0.0;
  const auto [end, status] = fast_float::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size()) {
    throw InputError(
        fmt::format("--perturbation \"{}\": must be auto, WEIGHT or WEIGHT,MARGIN, such as 10 or 10,0.5; either "
                    "number may be auto",
                    whole));
  }
  return value;
}

/// "auto", "10", "10,0.5", "auto,0.5".
learners::Perturbation parse_perturbation(const std::string& text) {
  const std::size_t comma = text.find(',');
  learners::Perturbation perturbation;
  perturbation.weight = parse_derivable(text.substr(0, comma), text);
  if (comma != std::string::npos) perturbation.margin = parse_derivable(text.substr(comma + 1), text);
  return perturbation;
}

void print_methods(const CommonOptions& common) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const learners::Method& method : learners::methods()) {
    list.push_back({{"method", method.name}, {"summary", method.summary}});
    if (!common.json) fmt::print("{:<12} {}\n", method.name, method.summary);
  }
  if (common.json) print_json({{"methods", list}});
}

nlohmann::ordered_json report(const model::Model& model, double seconds) {
  const model::TrainingFacts& facts = model.facts;
  return {{"method", facts.method},
          {"n", facts.n},
          {"d", facts.d},
          {"classes", model.labels.classes()},
          {"n_triplets", facts.n_triplets},
          {"objective", facts.objective},
          {"iterations", facts.iterations},
          {"converged", facts.converged},
          {"reason", facts.reason},
          {"seconds", seconds},
          {"options", options_of(facts)}};
}

void run(FitCommand& command, const CommonOptions& common) {
  if (command.list) {
    print_methods(common);
    return;
  }
  const learners::Method& method = learners::find_method(command.method);
  if (command.perturbation) command.options.perturbation = parse_perturbation(*command.perturbation);
  for (const std::string_view option : learners::options_without_effect(method, command.options)) {
    warn(fmt::format("--{} has no effect with the method {}", option, method.name));
  }
  if (command.keep_best && method.options.empty()) {
    warn(fmt::format("--keep-best has no effect with the method {}", method.name));
  }
  require_writable(command.out, {command.data.file(), command.data.labels_file()});

  const auto began = std::chrono::steady_clock::now();
  ProgressBar bar(common);
  const Dataset data = command.data.read();
  const learners::Trained trained =
      learners::train(data, {command.method, command.preprocess, command.options, common.seed}, bar.observer());
  bar.clear();
  const bool stopped = trained.report.reason == optim::StopReason::stopped;
  if (stopped && !command.keep_best) {
    throw Interrupted{
        fmt::format("interrupted after {} iterations; nothing was written (--keep-best would have kept the "
                    "best metric so far)",
                    trained.report.iterations)};
  }
  for (const std::string& warning : trained.report.warnings) warn(warning);
  io::save_model(command.out, trained.model);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const model::TrainingFacts& facts = trained.model.facts;
  if (!facts.converged && !stopped) {
    warn(fmt::format("not converged after {} iterations; raise --max-iterations or --tolerance", facts.iterations));
  }

  if (common.json) {
    print_json(report(trained.model, seconds));
    return;
  }
  fmt::print("{}: {} rows, {} feature{}, {} classes\n", command.data.file().string(), facts.n, facts.d,
             facts.d == 1 ? "" : "s", trained.model.labels.classes());
  fmt::print("preprocessing  {}\n", trained.model.preprocessor.specification());
  for (const auto& [name, value] : trained.report.derived)
    fmt::print("{}  {:.6g} (derived from the data)\n", name, value);
  for (const std::string& line : trained.report.log) fmt::print("{}\n", line);
  if (facts.n_triplets > 0) {
    fmt::print("objective      {:.6g} from {:.6g}, over {} triplets\n", facts.objective,
               trained.report.objective_at_start, facts.n_triplets);
  }
  fmt::print("model          {}  ({:.2f} s)\n", command.out.string(), seconds);
}

}  // namespace

void add_fit(CLI::App& program, const CommonOptions& common) {
  auto command = std::make_shared<FitCommand>();
  CLI::App* sub = program.add_subcommand("fit", "learn a metric from a labelled table and write a model");
  CLI::Option* list = sub->add_flag("--list", command->list, "list the methods with a line each");
  CLI::Option* method = sub->add_option("METHOD", command->method, "the method; --list describes them");
  command->data.add_to(*sub, "--train", "--labels");
  CLI::Option* out = sub->add_option("--out", command->out, "the model file to write")->type_name("MODEL");
  learners::MethodOptions& options = command->options;
  sub->add_option("--preprocess", command->preprocess,
                  "steps in order, comma-separated: standardize, minmax, center, unit, pca:50, pca:0.95, whiten, none; "
                  "auto: standardize where the columns differ in scale, else center")
      ->capture_default_str();
  sub->add_option("--neighbors", options.neighbors, "target neighbours a row [3]")->type_name("N")->check(whole_number);
  sub->add_option("--impostors", options.impostors, "impostors a row [10]")->type_name("N")->check(whole_number);
  sub->add_option("--mu", options.mu, "weight of the pull; the push has 1 - mu [0.5]")
      ->type_name("X")
      ->check(real_number);
  sub->add_option(
         "--perturbation", command->perturbation,
         "the perturbation loss: WEIGHT or WEIGHT,MARGIN (in preprocessed units); auto derives both from the data")
      ->type_name("W[,M]|auto");
  sub->add_option("--rank", options.rank, "rows of L, the dimension of mapped rows [all columns]")
      ->type_name("R")
      ->check(whole_number);
  sub->add_option("--refresh", options.refresh, "look for new impostors every N iterations; 0: never [0]")
      ->type_name("N")
      ->check(whole_number);
  sub->add_option("--max-iterations", options.max_iterations, "iterations at most [1000]")
      ->type_name("N")
      ->check(whole_number);
  sub->add_option("--tolerance", options.tolerance,
                  "end where five iterations decrease the objective by less than this fraction [1e-4]")
      ->type_name("X")
      ->check(real_number);
  sub->add_flag("--keep-best", command->keep_best, "write the best metric so far when interrupted (Ctrl-C)");
  // --list stands alone; everything else needs a method, data and a place for the model.
  CLI::Option* train = sub->get_option("--train");
  train->required(false);
  sub->callback([=, &common] {
    if (list->count() == 0) {
      if (method->count() == 0) throw CLI::RequiredError("METHOD");
      if (train->count() == 0) throw CLI::RequiredError("--train");
      if (out->count() == 0) throw CLI::RequiredError("--out");
    }
    run(*command, common);
  });
}

}  // namespace holdfast::app
