// holdfast evaluate: accuracy, clean and under noise, retrieval figures, verification of pairs.
#include <fmt/format.h>

#include <memory>

#include "commands.hpp"
#include "csv.hpp"
#include "deep_module.hpp"
#include "holdfast/constraints/pairs.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/evaluation.hpp"
#include "holdfast/evaluate/regression.hpp"
#include "holdfast/evaluate/verification.hpp"
#include "numbers.hpp"
#include "pair_files.hpp"
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

using constraints::PairKinds;
using constraints::PairSet;

/// Moves the second half of the pairs of each kind to a set of their own.
PairSet take_half(PairSet& pairs) {
  const auto half_of = [](std::vector<linalg::RowPair>& all) {
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>((all.size() + 1) / 2);
    std::vector<linalg::RowPair> half(middle, all.end());
    all.erase(middle, all.end());
    return half;
  };
  return {half_of(pairs.similar), half_of(pairs.dissimilar)};
}

/// Judges pairs of test rows at the threshold that is best on pairs of reference rows.
evaluate::Verification verify(const EvaluateCommand& command, const model::Model& model, const Dataset& data,
                              const std::vector<Index>& own_rows, std::uint64_t seed) {
  // Each draw has a stream of its own, so that it does not depend on the other draw.
  Random for_test(seed, 0);
  Random for_training(seed, 1);
  const Labels& labels = data.labels ? *data.labels : model.labels;
  const Matrix mapped = model.metric.transform(model.prepare(data));
  if (!own_rows.empty() && command.test_pairs.empty() && command.training_pairs.empty()) {
    // The training rows are judged: no pair has a part in the threshold that judges it.
    const Index both = command.pairs > 1 ? 2 * command.pairs : command.pairs;  // one pair is refused
    PairSet test = constraints::sample_pairs(labels, both, for_test, PairKinds::any);
    const PairSet training = take_half(test);
    return evaluate::verify(evaluate::pair_distances(mapped, test), evaluate::pair_distances(mapped, training));
  }
  const PairSet test = pairs_of(command.test_pairs, labels, data.rows(), command.pairs, for_test);
  model.require_training_rows("choose a threshold by pairs of them");
  const PairSet training =
      pairs_of(command.training_pairs, model.labels, model.reference.rows(), command.pairs, for_training);
  return evaluate::verify(evaluate::pair_distances(mapped, test),
                          evaluate::pair_distances(model.mapped_reference(), training));
}

void write_roc(const std::filesystem::path& file, const std::vector<evaluate::RocPoint>& curve) {
  CsvOutput csv(file);
  for (const evaluate::RocPoint& point : curve) {
    csv.row(Record()
                .add("threshold", point.threshold)
                .add("false_positive_rate", point.false_positive_rate)
                .add("true_positive_rate", point.true_positive_rate));
  }
  csv.commit();
}

/// Predictions are judged by labels. A metric learned without labels predicts none: its distance is judged, by rows
/// that have labels or by pairs.
void require_something_to_judge(const EvaluateCommand& command, const model::Model& model, const Dataset& data) {
  if (data.labels || !command.test_pairs.empty()) return;
  if (model.labels.size() > 0) static_cast<void>(require_labels(data, "be compared with predictions"));
  throw InputError(Fault{.place = command.model.string(),
                         .rule = "has no labels, and cannot predict labels",
                         .remedy = "judge its distance: give rows with labels, or pairs (`test-pairs`, and "
                                   "`threshold-pairs` for a threshold)"});
}

void require_curve(const EvaluateCommand& command, const evaluate::Verification& verification) {
  if (command.roc.empty() || !verification.roc.empty()) return;
  throw InputError(
      Fault{.field = "roc",
            .rule = fmt::format("a curve needs pairs of both kinds; there are {} similar and {} dissimilar "
                                "test pairs",
                                verification.similar, verification.dissimilar)});
}

/// Prints the errors of a model of regression, which has no accuracy, retrieval figures or pairs.
void run_regression(const EvaluateCommand& command, const model::Model& model, const CommonOptions& common) {
  if (command.verification) model.require_classifier("judge pairs");
  if (!command.attack.empty()) model.require_classifier("be attacked");
  const Dataset data = command.data.read_for(model, LabelUse::required);
  ProgressBar bar(common);
  evaluate::EvaluationOptions options = command.options;
  options.seed = common.seed;
  options.observer = bar.observer();
  const evaluate::RegressionEvaluation evaluation = evaluate::evaluate_regression(model, data, options);
  bar.clear();
  note_all(command.data.file(), evaluation.notes);
  if (!common.json) {
    fmt::print("{}: {} rows, {} metric, mean label of {} nearest rows\n", command.data.name(), data.rows(),
               model.facts.method, options.k);
  }
  print(describe(evaluation), common);
}

void run(EvaluateCommand& command, const CommonOptions& common) {
  evaluate::EvaluationOptions& options = command.options;
  for (const std::string& text : command.noise) {
    for (const evaluate::NoiseLevel& level : evaluate::parse_noise(text)) options.noise.push_back(level);
  }
  command.data.require_writable({command.roc}, {command.model, command.test_pairs, command.training_pairs});
  const model::Model model = load_model(command.model);
  if (model.task == model::Task::regression) return run_regression(command, model, common);
  const bool predicts = model.labels.size() > 0;
  const Dataset data = command.data.read_for(model, predicts ? LabelUse::required : LabelUse::if_present);
  require_something_to_judge(command, model, data);
  ProgressBar bar(common);
  options.seed = common.seed;
  options.retrieval = !command.no_retrieval;
  options.observer = bar.observer();
  evaluate::Evaluation evaluation{.n = data.rows()};
  if (data.labels) evaluation = evaluate::evaluate(model, data, options);
  Record results = data.labels ? describe(evaluation) : Record().add("n", evaluation.n);
  evaluate::Verification verification;
  if (command.verification) {
    verification = verify(command, model, data, evaluation.own_rows, common.seed);
    require_curve(command, verification);
    results.add("verification", describe(verification)).say("{verification}");
  }
  if (!command.attack.empty()) {
    results
        .add("attack", attack_images(model, data, evaluation.own_rows, command.attack, command.attack_steps, options.k,
                                     common.seed, bar.observer()))
        .say("{attack}");
  }
  bar.clear();
  if (!command.roc.empty()) write_roc(command.roc, verification.roc);
  note_all(command.data.file(), evaluation.notes);
  if (!common.json) {
    fmt::print("{}: {} rows, {} metric{}\n", command.data.name(), data.rows(), model.facts.method,
               predicts ? fmt::format(", k = {}", options.k) : "");
  }
  print(results, common);
}

}  // namespace

void add_evaluate(CLI::App& program, const CommonOptions& common) {
  auto command = std::make_shared<EvaluateCommand>();
  CLI::App* sub = program.add_subcommand(
      "evaluate",
      "accuracy on labelled rows (errors, for mlkr), clean and under noise; retrieval; verification of pairs");
  sub->add_option("MODEL", command->model, "model file")->required();
  command->data.add_to(*sub, "--test", "--test-labels,--labels");
  add_neighbors(*sub, command->options.k);
  sub->add_option("--noise", command->noise,
                  "noise of given signal-to-noise ratios in dB: gaussian:20,10,5 or uniform:10")
      ->delimiter(';')
      ->type_name("KIND:DB,...");
  CLI::Option* repeats = add_whole_number(*sub, "--repeats", command->options.repeats, "draws of each noise");
  sub->add_flag("--no-retrieval", command->no_retrieval, "leave the retrieval figures out");
  sub->add_option("--attack", command->attack,
                  "models with a network: accuracy on images perturbed within linf:EPS or l2:EPS, pixels from 0 to 1")
      ->type_name("NORM:EPS");
  add_whole_number(*sub, "--attack-steps", command->attack_steps, "gradients for each of them");
  const std::string of_verification = "Verification of pairs";
  sub->add_flag(
         "--verification", command->verification,
         "judge by distance whether two rows have the same label: AUC, EER, and accuracy at the threshold that is "
         "best on training pairs; the options below imply it")
      ->group(of_verification);
  CLI::Option* count = add_whole_number(*sub, "--draw-pairs", command->pairs,
                                        "pairs drawn of test rows, and as many of training rows; half of them similar")
                           ->group(of_verification);
  CLI::Option* test_pairs = sub->add_option("--test-pairs", command->test_pairs,
                                            "pairs of test rows instead of drawn pairs (first,second,label)")
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
