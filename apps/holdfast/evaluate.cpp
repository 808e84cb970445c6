// holdfast evaluate: accuracy, clean and under noise, and retrieval figures.
#include <fmt/format.h>

#include <memory>

#include "commands.hpp"
#include "holdfast/evaluate/evaluation.hpp"
#include "holdfast/io/model_file.hpp"
#include "numbers.hpp"
#include "progress.hpp"

namespace holdfast::app {
namespace {

struct EvaluateCommand {
  std::filesystem::path model;
  DataOptions data;
  std::vector<std::string> noise;
  bool no_retrieval = false;
  evaluate::EvaluationOptions options;
};

nlohmann::ordered_json as_json(const evaluate::Evaluation& result) {
  nlohmann::ordered_json noise = nlohmann::ordered_json::array();
  for (const evaluate::NoisyAccuracy& entry : result.noise) {
    noise.push_back({{"kind", evaluate::name(entry.level.kind)},
                     {"snr_db", entry.level.snr_db},
                     {"accuracy_mean", entry.accuracy.mean},
                     {"accuracy_std", entry.accuracy.deviation}});
  }
  nlohmann::ordered_json object = {{"n", result.n}, {"k", result.k}, {"accuracy", result.accuracy}, {"noise", noise}};
  if (result.retrieval) {
    object["retrieval"] = {{"recall_at_1", result.retrieval->recall_at_1},
                           {"map_at_r", result.retrieval->map_at_r},
                           {"r_precision", result.retrieval->r_precision},
                           {"queries", result.retrieval->queries},
                           {"excluded", result.retrieval->excluded}};
  }
  return object;
}

void run(EvaluateCommand& command, const CommonOptions& common) {
  evaluate::EvaluationOptions& options = command.options;
  for (const std::string& text : command.noise) {
    for (const evaluate::NoiseLevel& level : evaluate::parse_noise(text)) options.noise.push_back(level);
  }
  const model::Model model = io::load_model(command.model);
  const Dataset data = command.data.read_for(model, true);
  ProgressBar bar(common);
  options.seed = common.seed;
  options.retrieval = !command.no_retrieval;
  options.observer = bar.observer();
  const evaluate::Evaluation result = evaluate::evaluate(model, data, options);
  bar.clear();
  if (common.json) {
    print_json(as_json(result));
    return;
  }
  fmt::print("{}: {} rows, {} metric, k = {}\n", command.data.file().string(), result.n, model.facts.method, result.k);
  fmt::print("accuracy                 {:.4f}\n", result.accuracy);
  for (const evaluate::NoisyAccuracy& entry : result.noise) {
    fmt::print("  {:<8} noise {:>5g} dB  {:.4f} +- {:.4f}\n", evaluate::name(entry.level.kind), entry.level.snr_db,
               entry.accuracy.mean, entry.accuracy.deviation);
  }
  if (!result.noise.empty()) {
    fmt::print("  (signal-to-noise ratio on preprocessed rows; mean and standard deviation of {} draws, seed {})\n",
               options.repeats, common.seed);
  }
  if (result.retrieval) {
    fmt::print("retrieval among the test rows: recall@1 {:.4f}, MAP@R {:.4f}, R-precision {:.4f}\n",
               result.retrieval->recall_at_1, result.retrieval->map_at_r, result.retrieval->r_precision);
    if (result.retrieval->excluded > 0) {
      fmt::print("  ({} rows are the only one of their class, and no query)\n", result.retrieval->excluded);
    }
  }
}

}  // namespace

void add_evaluate(CLI::App& program, const CommonOptions& common) {
  auto command = std::make_shared<EvaluateCommand>();
  CLI::App* sub =
      program.add_subcommand("evaluate", "accuracy on labelled rows, clean and under noise; retrieval figures");
  sub->add_option("MODEL", command->model, "model file")->required();
  command->data.add_to(*sub, "--test", "--test-labels,--labels");
  sub->add_option("-k", command->options.k, "nearest neighbours that vote; odd")
      ->capture_default_str()
      ->type_name("N")
      ->check(whole_number);
  sub->add_option("--noise", command->noise,
                  "noise of given signal-to-noise ratios in dB: gaussian:20,10,5 or uniform:10")
      ->delimiter(';')
      ->type_name("KIND:DB,...");
  CLI::Option* repeats = sub->add_option("--repeats", command->options.repeats, "draws of each noise")
                             ->capture_default_str()
                             ->type_name("N")
                             ->check(whole_number);
  sub->add_flag("--no-retrieval", command->no_retrieval, "leave the retrieval figures out");
  sub->callback([=, &common] {
    if (repeats->count() > 0 && command->noise.empty()) warn("--repeats has no effect without --noise");
    run(*command, common);
  });
}

}  // namespace holdfast::app
