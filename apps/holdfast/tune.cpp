// holdfast tune: a cross-validated choice of options, then the fit on all rows.
#include <fmt/format.h>

#include <memory>

#include "commands.hpp"
#include "csv.hpp"
#include "deep_module.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/deep/methods.hpp"
#include "holdfast/evaluate/tune.hpp"
#include "holdfast/io/model_file.hpp"
#include "method_options.hpp"
#include "numbers.hpp"
#include "progress.hpp"

namespace holdfast::app {
namespace {

struct TuneCommand {
  MethodChoice choice;
  DataOptions data;
  std::filesystem::path out;
  std::filesystem::path trials_file;
  std::string objective = "mean";
  evaluate::TuneOptions options;
};

void write_trials(const std::filesystem::path& file, const learners::Method& method, const evaluate::Tuning& tuning) {
  CsvOutput csv(file);
  for (std::size_t i = 0; i < tuning.trials.size(); ++i) {
    const evaluate::Trial& trial = tuning.trials[i];
    Record line = Record().add("trial", i);
    const Record about = describe(trial);
    for (const Field& field : about.fields()) {
      const bool best = field.name == "status" && i == tuning.best;
      line.add(field.name, best ? Value("best") : field.value, field.style);
    }
    const OptionSet in_effect = method.options->resolve(trial.options);
    for (const OptionInfo& info : method.options->options()) {
      const OptionValue* value = in_effect.find(info.name);
      line.add(info.name, value != nullptr ? Value(text_of(*value)) : Value());
    }
    csv.row(line.add("note", trial.note));
  }
  csv.commit();
}

void print_trial(const char* what, const evaluate::Trial& trial, const evaluate::TuneOptions& options, double eps) {
  const auto text = [](const evaluate::Spread& spread) {
    const Style style{.format = ".4f"};
    return fmt::format("{} +- {}", report::to_text(spread.mean, style), report::to_text(spread.deviation, style));
  };
  fmt::print("{:<14} accuracy {}", what, text(trial.accuracy));
  if (options.objective.kind != evaluate::TuneObjective::Kind::accuracy) {
    fmt::print(", certified at {} {}", figure(eps), text(trial.certified));
  }
  fmt::print("\n");
}

void run(TuneCommand& command, const CommonOptions& common) {
  using Kind = evaluate::TuneObjective::Kind;
  if (deep::find_method(command.choice.name()) != nullptr) {
    throw InputError(
        fmt::format("tune {}: is for methods on tables; train the network with `fit {}` for each choice of "
                    "options, and compare the Recall@1 that --json gives",
                    command.choice.name(), command.choice.name()));
  }
  const learners::Method& method = command.choice.method();
  command.choice.warn_of_options_without_effect();
  evaluate::TuneOptions& options = command.options;
  options.objective = evaluate::parse_objective(command.objective);
  options.seed = common.seed;
  command.data.require_writable({command.out, command.trials_file});
  ProgressBar bar(common);
  options.observer = bar.observer();
  const table::EncodedTable table = command.data.read();
  const Dataset& data = table.data;
  learners::TrainOptions base = command.choice.train_options(table, common.seed);
  const evaluate::Tuning tuning = evaluate::tune(data, base, options);
  base.options = tuning.winner().options;
  const learners::Trained trained = learners::train(data, base, bar.observer());
  bar.clear();
  if (trained.report.reason == optim::StopReason::stopped) throw Stopped{};
  for (const std::string& warning : trained.report.warnings) warn(warning);
  if (!command.trials_file.empty()) write_trials(command.trials_file, method, tuning);
  io::save_model(command.out, trained.model);
  const double seconds = bar.seconds();

  if (common.json) {
    return print_json(fit_report(trained.model, seconds)
                          .add("tuning", Record()
                                             .add("trials", tuning.trials.size())
                                             .add("folds", options.folds)
                                             .add("k", options.k)
                                             .add("objective", evaluate::name(options.objective.kind))
                                             .add("eps", tuning.eps)
                                             .add("best", describe(tuning.winner()))
                                             .add("defaults", describe(tuning.trials.front()))));
  }
  fmt::print("{}: {} rows, {} trials of {} by {} in {} folds, {} NN, seed {}\n", command.data.name(), data.rows(),
             tuning.trials.size(), method.name,
             options.objective.kind == Kind::mean        ? "the mean of accuracy and certified accuracy"
             : options.objective.kind == Kind::certified ? "certified accuracy"
                                                         : "accuracy",
             options.folds, options.k, common.seed);
  print_trial("defaults", tuning.trials.front(), options, tuning.eps);
  print_trial("best", tuning.winner(), options, tuning.eps);
  if (options.objective.kind != Kind::accuracy) {
    fmt::print("               (l2, in preprocessed units: {})\n", trained.model.preprocessor.specification());
  }
  fmt::print("options       ");
  const OptionSet in_effect = method.options->resolve(tuning.winner().options);
  for (const OptionInfo& info : method.options->options()) {
    const OptionValue* value = info.is_searched() ? in_effect.find(info.name) : nullptr;
    if (value != nullptr && !text_of(*value).empty()) fmt::print(" --{} {}", info.name, text_of(*value));
  }
  fmt::print("\nmodel          {}  (fitted on all rows; {:.2f} s in all)\n", command.out.string(), seconds);
  if (!command.trials_file.empty()) fmt::print("trials         {}\n", command.trials_file.string());
}

}  // namespace

void add_tune(CLI::App& program, const CommonOptions& common) {
  auto command = std::make_shared<TuneCommand>();
  CLI::App* sub = program.add_subcommand("tune", "choose a method's options by cross-validation, then fit on all rows");
  command->choice.add_to(*sub);
  sub->get_option("METHOD")->required();
  command->data.add_to(*sub, "--train", "--labels");
  sub->add_option("--out", command->out, "the model file to write")->required()->type_name("MODEL");
  add_whole_number(*sub, "--trials", command->options.trials,
                   "options drawn at random; options that are given stay as they are");
  add_whole_number(*sub, "--folds", command->options.folds, "folds of the cross-validation");
  add_neighbors(*sub, command->options.k);
  sub->add_option("--objective", command->objective,
                  "accuracy, certified[:EPS] (certified accuracy at an l2 perturbation of that size in preprocessed "
                  "units), or mean[:EPS] of both; default EPS: the median radius of the Euclidean distance")
      ->capture_default_str()
      ->type_name("NAME[:EPS]");
  sub->add_option("--trials-out", command->trials_file, "CSV file with one line per trial")->type_name("FILE.csv");
  sub->callback([=, &common] { run(*command, common); });
}

}  // namespace holdfast::app
