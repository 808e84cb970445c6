// holdfast evaluate: accuracy, clean and under noise, retrieval figures, verification of pairs.
#include <fmt/format.h>

#include <memory>
#include <optional>

#include "commands.hpp"
#include "csv.hpp"
#include "deep_module.hpp"
#include "holdfast/constraints/pairs.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/evaluation.hpp"
#include "holdfast/evaluate/verification.hpp"
#include "holdfast/io/constraint_file.hpp"
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
  bool verification = false;
  Index pairs = 10'000;
  std::filesystem::path test_pairs;
  std::filesystem::path training_pairs;
  std::filesystem::path roc;
  std::string attack;
  Index attack_steps = 20;
};

/// The pairs of a file, or drawn by label where there is none.
constraints::PairSet pairs_of(const std::filesystem::path& file, const Labels& labels, Index rows, Index count,
                              Random& random) {
  return file.empty() ? constraints::sample_pairs(labels, count, random) : io::read_pairs(file, rows);
}

evaluate::Verification verify(const EvaluateCommand& command, const model::Model& model, const Dataset& data,
                              std::uint64_t seed) {
  // Streams of their own, so that neither draw depends on the other being there.
  Random for_test(seed, 0);
  Random for_training(seed, 1);
  const constraints::PairSet test =
      pairs_of(command.test_pairs, data.labels.value_or(Labels{}), data.rows(), command.pairs, for_test);
  const constraints::PairSet training =
      pairs_of(command.training_pairs, model.labels, model.reference.rows(), command.pairs, for_training);
  return evaluate::verify(evaluate::pair_distances(model.metric.transform(model.prepare(data)), test),
                          evaluate::pair_distances(model.mapped_reference(), training));
}

void write_roc(const std::filesystem::path& file, const std::vector<evaluate::RocPoint>& curve) {
  CsvOutput csv(file);
  csv.row({"threshold", "false_positive_rate", "true_positive_rate"});
  for (const evaluate::RocPoint& point : curve) {
    csv.row({fmt::format("{}", point.threshold), fmt::format("{}", point.false_positive_rate),
             fmt::format("{}", point.true_positive_rate)});
  }
  csv.commit();
}

nlohmann::ordered_json as_json(const evaluate::Verification& result) {
  nlohmann::ordered_json rates = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < result.true_positive_rates.size(); ++i) {
    rates.push_back({{"fpr", evaluate::Verification::false_positive_rates[i]}, {"tpr", result.true_positive_rates[i]}});
  }
  return {{"similar", result.similar},
          {"dissimilar", result.dissimilar},
          {"auc", result.auc},
          {"eer", result.eer},
          {"accuracy", result.accuracy},
          {"threshold", result.threshold},
          {"tpr_at_fpr", std::move(rates)}};
}

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

void print(const evaluate::Verification& verification) {
  fmt::print("verification of {} similar and {} dissimilar test pairs: AUC {:.4f}, EER {:.4f}, accuracy {:.4f}\n",
             verification.similar, verification.dissimilar, verification.auc, verification.eer, verification.accuracy);
  fmt::print("  (similar up to a learned distance of {}, best on the training pairs)\n",
             figure(verification.threshold));
}

void print(const evaluate::Evaluation& result, const EvaluateCommand& command, std::uint64_t seed) {
  fmt::print("accuracy                 {:.4f}\n", result.accuracy);
  for (const evaluate::NoisyAccuracy& entry : result.noise) {
    fmt::print("  {:<8} noise {:>5g} dB  {:.4f} +- {:.4f}\n", evaluate::name(entry.level.kind), entry.level.snr_db,
               entry.accuracy.mean, entry.accuracy.deviation);
  }
  if (!result.noise.empty()) {
    fmt::print("  (signal-to-noise ratio on preprocessed rows; mean and standard deviation of {} draws, seed {})\n",
               command.options.repeats, seed);
  }
  if (result.retrieval) {
    fmt::print("retrieval among the test rows: recall@1 {:.4f}, MAP@R {:.4f}, R-precision {:.4f}\n",
               result.retrieval->recall_at_1, result.retrieval->map_at_r, result.retrieval->r_precision);
    if (result.retrieval->excluded > 0) {
      fmt::print("  ({} rows are the only one of their class, and no query)\n", result.retrieval->excluded);
    }
  }
}

/// A metric learned without labels has no classifier to judge, but pairs can be.
bool judges_pairs_alone(const EvaluateCommand& command, const model::Model& model) {
  if (model.labels.size() > 0) return false;
  if (command.test_pairs.empty() || command.training_pairs.empty()) {
    throw InputError(
        fmt::format("{}: has no labels, so that it predicts none; judge its distance by pairs: give --test-pairs and "
                    "--threshold-pairs",
                    command.model.string()));
  }
  return true;
}

void run(EvaluateCommand& command, const CommonOptions& common) {
  evaluate::EvaluationOptions& options = command.options;
  for (const std::string& text : command.noise) {
    for (const evaluate::NoiseLevel& level : evaluate::parse_noise(text)) options.noise.push_back(level);
  }
  if (!command.roc.empty()) {
    require_writable(command.roc, {command.model, command.data.file(), command.data.labels_file(), command.test_pairs,
                                   command.training_pairs});
  }
  const model::Model model = load_model(command.model);
  const bool pairs_alone = judges_pairs_alone(command, model);
  const Dataset data = command.data.read_for(model, !pairs_alone);
  ProgressBar bar(common);
  options.seed = common.seed;
  options.retrieval = !command.no_retrieval;
  options.observer = bar.observer();
  std::optional<evaluate::Evaluation> evaluation;
  if (!pairs_alone) evaluation = evaluate::evaluate(model, data, options);
  std::optional<evaluate::Verification> verification;
  if (command.verification) verification = verify(command, model, data, common.seed);
  std::optional<nlohmann::ordered_json> attacked;
  if (!command.attack.empty()) {
    attacked = attack_images(model, data, command.attack, command.attack_steps, options.k, common.seed, bar.observer());
  }
  bar.clear();
  if (!command.roc.empty()) write_roc(command.roc, verification->roc);
  if (common.json) {
    nlohmann::ordered_json object = evaluation ? as_json(*evaluation) : nlohmann::ordered_json{{"n", data.rows()}};
    if (verification) object["verification"] = as_json(*verification);
    if (attacked) object["attack"] = *attacked;
    print_json(object);
    return;
  }
  fmt::print("{}: {} rows, {} metric", command.data.file().string(), data.rows(), model.facts.method);
  fmt::print("{}\n", evaluation ? fmt::format(", k = {}", evaluation->k) : "");
  if (evaluation) print(*evaluation, command, common.seed);
  if (verification) print(*verification);
  if (attacked) {
    fmt::print("images perturbed within {}, pixels from 0 to 1, found by gradients (an upper bound of what holds):\n",
               (*attacked)["threat"].get<std::string>());
    fmt::print("  recall@1 against the training images {:.4f}, attacked {:.4f}\n",
               (*attacked)["recall_at_1"].get<double>(), (*attacked)["recall_at_1_attacked"].get<double>());
    fmt::print("  accuracy, k = {}: {:.4f}, attacked {:.4f}\n", options.k, (*attacked)["accuracy"].get<double>(),
               (*attacked)["accuracy_attacked"].get<double>());
  }
}

}  // namespace

void add_evaluate(CLI::App& program, const CommonOptions& common) {
  auto command = std::make_shared<EvaluateCommand>();
  CLI::App* sub = program.add_subcommand(
      "evaluate", "accuracy on labelled rows, clean and under noise; retrieval; verification of pairs");
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
  sub->add_option("--attack", command->attack,
                  "models with a network: accuracy on images perturbed within linf:EPS or l2:EPS, pixels from 0 to 1")
      ->type_name("NORM:EPS");
  sub->add_option("--attack-steps", command->attack_steps, "gradients for each of them")
      ->capture_default_str()
      ->type_name("N")
      ->check(whole_number);
  const std::string of_verification = "Verification of pairs";
  sub->add_flag(
         "--verification", command->verification,
         "judge by distance whether two rows have the same label: AUC, EER, and accuracy at the threshold that is "
         "best on training pairs; the options below imply it")
      ->group(of_verification);
  CLI::Option* count = sub->add_option("--draw-pairs", command->pairs,
                                       "pairs drawn of test rows, and as many of training rows; half of them similar")
                           ->capture_default_str()
                           ->type_name("N")
                           ->check(whole_number)
                           ->group(of_verification);
  CLI::Option* test_pairs = sub->add_option("--test-pairs", command->test_pairs,
                                            "pairs of test rows in place of drawn ones (first,second,label)")
                                ->type_name("FILE")
                                ->group(of_verification);
  CLI::Option* training_pairs = sub->add_option("--threshold-pairs", command->training_pairs,
                                                "pairs of training rows that choose the threshold, likewise")
                                    ->type_name("FILE")
                                    ->group(of_verification);
  CLI::Option* roc =
      sub->add_option("--roc", command->roc, "CSV file with the curve: threshold, false and true positive rate")
          ->type_name("FILE.csv")
          ->group(of_verification);
  sub->callback([=, &common] {
    for (const CLI::Option* option : {count, test_pairs, training_pairs, roc}) {
      if (option->count() > 0) command->verification = true;
    }
    if (repeats->count() > 0 && command->noise.empty()) warn("--repeats has no effect without --noise");
    run(*command, common);
  });
}

}  // namespace holdfast::app
