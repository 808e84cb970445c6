// holdfast fit: learns a metric from a labelled table and writes a model.
#include <fmt/format.h>

#include <memory>

#include "adversarial_output.hpp"
#include "commands.hpp"
#include "deep_module.hpp"
#include "holdfast/deep/methods.hpp"
#include "holdfast/io/model_file.hpp"
#include "holdfast/learners/train.hpp"
#include "method_options.hpp"
#include "progress.hpp"

namespace holdfast::app {
namespace {

struct FitCommand {
  MethodChoice choice;
  bool list = false;
  bool keep_best = false;
  DataOptions data;
  std::filesystem::path out;
  AdversarialOutput adversarial;
};

void print_methods(const CommonOptions& common) {
  Value::List list;
  const auto add = [&](const auto& name, const auto& summary) {
    list.emplace_back(
        Record().add("method", name, {.format = "<16"}).add("summary", summary).say("{method} {summary}"));
  };
  for (const learners::Method& method : learners::methods()) add(method.name, method.summary);
  for (const auto& [name, summary] : network_methods()) add(name, summary);
  print(Record().add("methods", std::move(list)).say("{methods}"), common);
}

std::string kind_of_labels(const model::Model& model) {
  if (model.labels.size() == 0) return "no labels";
  return model.task == model::Task::regression ? "numeric labels" : fmt::format("{} classes", model.labels.classes());
}

void run(FitCommand& command, const CommonOptions& common) {
  if (command.list) return print_methods(common);
  if (deep::find_method(command.choice.name()) != nullptr) {
    command.adversarial.require_method(command.choice.name());
    command.choice.require_labels_alone();
    if (command.keep_best) {
      warn(
          "--keep-best has no effect with networks; --checkpoint FILE keeps every epoch, and --resume goes on from it");
    }
    return fit_network(command.choice.name(), command.data, command.choice.options(), command.out, common);
  }
  const learners::Method& method = command.choice.method();
  command.choice.warn_of_options_without_effect();
  if (command.keep_best && method.options->options().empty()) {
    warn(fmt::format("--keep-best has no effect with the method {}", method.name));
  }
  command.adversarial.require_method(method.name);
  command.data.require_writable({command.out, command.adversarial.file()}, command.choice.input_files());

  ProgressBar bar(common);
  const table::EncodedTable table = command.data.read();
  const Dataset& data = table.data;
  const learners::TrainOptions options = command.choice.train_options(table, common.seed);
  const learners::Trained trained = learners::train(data, options, bar.observer());
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
  command.adversarial.write(trained.model, options, data);
  const double seconds = bar.seconds();
  const model::TrainingFacts& facts = trained.model.facts;
  if (!facts.converged && !stopped) {
    warn(fmt::format("not converged after {} iterations; raise --max-iterations or --tolerance", facts.iterations));
  }

  if (common.json) return print_json(fit_report(trained.model, seconds));
  fmt::print("{}: {} rows, {} feature{}, {}\n", command.data.name(), facts.n, facts.d, facts.d == 1 ? "" : "s",
             kind_of_labels(trained.model));
  if (!table.schema.empty()) fmt::print("{}", report::to_text(describe_reading(table.schema, data.labels.has_value())));
  fmt::print("preprocessing  {}\n", trained.model.preprocessor.specification());
  fmt::print("{}", report::to_text(describe(trained.report)));
  fmt::print("model          {}  ({:.2f} s)\n", command.out.string(), seconds);
  if (!command.adversarial.file().empty()) {
    fmt::print("adversarial    {}: pairs that the adversary made of rows (counted from 0)\n",
               command.adversarial.file().string());
  }
}

}  // namespace

void add_fit(CLI::App& program, const CommonOptions& common) {
  auto command = std::make_shared<FitCommand>();
  CLI::App* sub = program.add_subcommand(
      "fit", "learn a metric from a labelled table, or a network from images, and write a model");
  CLI::Option* list = sub->add_flag("--list", command->list, "list the methods with a line each");
  command->choice.add_to(*sub);
  command->data.add_to(*sub, "--train", "--labels");
  sub->add_option("--out", command->out, "the model file to write")->type_name("MODEL");
  command->adversarial.add_to(*sub);
  add_network_options(*sub, command->choice.options());
  sub->add_flag("--keep-best", command->keep_best, "write the best metric so far when interrupted (Ctrl-C)");
  // --list stands alone; everything else needs a method, data and a place for the model.
  CLI::Option* train = sub->get_option("--train");
  train->required(false);
  sub->callback([=, &common] {
    if (list->count() == 0) {
      if (command->choice.method_argument().count() == 0) throw CLI::RequiredError("METHOD");
      if (train->count() == 0) throw CLI::RequiredError("--train");
      if (command->out.empty()) throw CLI::RequiredError("--out");
    }
    run(*command, common);
  });
}

}  // namespace holdfast::app
