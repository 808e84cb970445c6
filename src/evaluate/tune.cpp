#include "holdfast/evaluate/tune.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <numeric>
#include <thread>

#include "holdfast/certify/knn_bound.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/core/parse.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/evaluate/evaluation.hpp"
#include "holdfast/evaluate/split.hpp"
#include "holdfast/model/predictor.hpp"
#include "holdfast/neighbors/classifier.hpp"

namespace holdfast::evaluate {
namespace {

using learners::TrainOptions;

constexpr std::size_t fewest_survivors = 4;
constexpr Index most_certified_rows = 500;
constexpr double share_without_derived = 0.25;

/// Uniform in the range on its scale, to three significant digits: more make no difference, and fewer read better.
double draw(const SearchRange& range, Random& random) {
  const double u = random.uniform();
  const double value = range.scale == SearchRange::Scale::logarithmic ? range.low * std::pow(range.high / range.low, u)
                                                                      : range.low + u * (range.high - range.low);
  if (value == 0.0) return 0.0;
  const double unit = std::pow(10.0, std::floor(std::log10(std::abs(value))) - 2.0);
  const double digits = std::round(value / unit);
  return unit >= 1.0 ? digits * unit : digits / std::round(1.0 / unit);
}

/// A value for a number, unless it is given.
void draw_number(const OptionInfo& info, const OptionSet& given, OptionSet& options, Random& random) {
  const double value = draw(*info.search, random);
  if (given.contains(info.name)) return;
  if (info.kind == OptionKind::whole_number) {
    options.set(info.name, static_cast<Index>(std::lround(value)));
  } else {
    options.set(info.name, value);
  }
}

/// Factors for the parts of an option that are derived from the data, unless they are given.
void draw_factors(const OptionInfo& info, const OptionSet& given, OptionSet& options, Random& random) {
  const OptionValue* chosen = options.find(info.name);
  if (info.parts.empty() || chosen == nullptr) return;
  const bool open = !given.contains(info.name);
  auto parts = std::get<Derivables>(*chosen);
  for (std::size_t i = 0; i < info.parts.size(); ++i) {
    if (!info.parts[i].search) continue;
    const double factor = draw(*info.parts[i].search, random);
    if (parts.empty()) continue;  // off
    if (open || parts[i] == Derivable()) parts[i] = Derivable::times(factor);
  }
  options.set(info.name, std::move(parts));
}

std::vector<Trial> draw_trials(const OptionList& table, const OptionSet& given, const TuneOptions& options) {
  std::vector<Trial> trials(static_cast<std::size_t>(options.trials));
  trials[0].options = given;
  for (std::size_t i = 1; i < trials.size(); ++i) {
    OptionSet& own = trials[i].options;
    own = given;
    Random random(options.seed, i);
    // The defaults with all that is derived, which is the perturbation loss, are worth a trial of their own.
    bool derived = false;
    for (const OptionInfo& info : table.options()) {
      if (info.search || !info.is_searched() || given.contains(info.name)) continue;
      derived = i == 1;
      const bool off = !derived && random.uniform() < share_without_derived;
      own.set(info.name, Derivables(off ? 0 : info.parts.size()));
    }
    if (derived) continue;
    for (const OptionInfo& info : table.options()) {
      if (info.search) draw_number(info, given, own, random);
    }
    for (const OptionInfo& info : table.options()) draw_factors(info, given, own, random);
  }
  return trials;
}

/// The results of a trial on one fold.
struct FoldFigures {
  double accuracy = 0.0;
  double score = 0.0;
  std::optional<double> certified = std::nullopt;  ///< certified accuracy, if the objective asks for it
};

/// Bounds of the first test rows.
std::vector<certify::Certificate> lower_bounds(const certify::CertifiedKnn& knn,
                                               const certify::CertificationProblem& problem, const Observer& observer) {
  return certify::knn_lower_bounds(knn, problem.first(most_certified_rows), {.observer = observer});
}

/// `eps` is not used if the objective is accuracy alone.
FoldFigures judge(const model::Model& model, const DatasetView& test, Index k, TuneObjective::Kind kind, double eps,
                  const Observer& observer) {
  if (kind == TuneObjective::Kind::accuracy) {
    const double right =
        accuracy(model::Predictor(model).predict(model.prepare(test), k, {.observer = observer}), model.codes_of(test));
    return {right, right};
  }
  const certify::CertifiedKnn knn(model, {});
  const certify::CertificationProblem problem = knn.problem(test, {.k = k, .observer = observer});
  const double right = accuracy(problem.predicted, problem.classes);
  const double certified = certified_accuracy(lower_bounds(knn, problem, observer), eps);
  return {right, kind == TuneObjective::Kind::certified ? certified : 0.5 * (right + certified), certified};
}

double median_euclidean_radius(const DatasetView& train, const DatasetView& test, const TrainOptions& base, Index k,
                               const Observer& observer) {
  const model::Model model = learners::train(train, {"euclidean", base.preprocess, {}, base.seed, {}}).model;
  const certify::CertifiedKnn knn(model, {});
  const certify::CertificationProblem problem = knn.problem(test, {.k = k, .observer = observer});
  return median(positive_radii(lower_bounds(knn, problem, observer)));
}

void summarize_folds(const std::vector<FoldFigures>& folds, Trial& trial) {
  std::vector<double> accuracies;
  std::vector<double> certified;
  std::vector<double> scores;
  for (const FoldFigures& fold : folds) {
    accuracies.push_back(fold.accuracy);
    scores.push_back(fold.score);
    if (fold.certified) certified.push_back(*fold.certified);
  }
  trial.folds = static_cast<Index>(folds.size());
  trial.accuracy = spread(accuracies);
  trial.certified = spread(certified);
  trial.score = spread(scores).mean.value();
}

/// The rows of one part of a fold, with their labels.
Dataset part(const DatasetView& data, std::span<const Index> rows) {
  Labels labels{{}, data.labels->names};
  for (const Index row : rows) labels.codes.push_back(data.labels->code(row));
  return {select_rows(data.x, rows),
          std::move(labels),
          {data.columns.begin(), data.columns.end()},
          std::string(data.source)};
}

/// Reports finished fits to the observer, from the caller's thread only; if the observer asks to stop, the fits of all
/// threads stop.
class Watch {
 public:
  Watch(const Observer& observer, Index total) : observer_(observer), total_(total) {}

  /// The observer of a fit and of its judgement.
  [[nodiscard]] Observer of_part() {
    if (!observer_) return {};
    return [this](const Progress&) { return check(); };
  }
  void count() {
    ++done_;
    if (observer_) (void)check();
  }
  [[nodiscard]] bool stopped() const { return stopped_; }

 private:
  Action check() {
    if (std::this_thread::get_id() == caller_ && asks_to_stop(observer_, {"tune", done_, total_, 0.0})) stopped_ = true;
    return stopped_ ? Action::stop : Action::proceed;
  }

  const Observer& observer_;
  std::thread::id caller_ = std::this_thread::get_id();
  std::atomic<Index> done_{0};
  std::atomic<bool> stopped_{false};
  Index total_;
};

/// The number of trials, besides the defaults, that go on to the next fold.
std::size_t better_half(std::size_t trials) { return std::min(trials, std::max(fewest_survivors, (trials + 1) / 2)); }

/// Those of `alive` (trial numbers) that go on to the next fold: the better half, at least a few, and the defaults.
std::vector<std::size_t> survivors(const std::vector<Trial>& trials, std::vector<std::size_t> alive) {
  const bool has_defaults = std::ranges::find(alive, 0) != alive.end();
  std::ranges::stable_sort(alive, std::greater(), [&](std::size_t number) { return trials[number].score; });
  alive.resize(better_half(alive.size()));
  if (has_defaults && std::ranges::find(alive, 0) == alive.end()) alive.push_back(0);
  std::ranges::sort(alive);
  return alive;
}

/// At most: the defaults may be among the better half, or come on top.
Index planned_fits(Index trials, Index folds) {
  Index total = 0;
  for (Index fold = 0; fold < folds; ++fold) {
    total += trials;
    trials = std::min(trials, static_cast<Index>(better_half(static_cast<std::size_t>(trials))) + 1);
  }
  return total;
}

constexpr std::array<std::string_view, 3> kinds = {"accuracy", "certified", "mean"};

}  // namespace

TuneObjective parse_objective(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto kind = std::ranges::find(kinds, text.substr(0, colon));
  TuneObjective objective{static_cast<TuneObjective::Kind>(kind - kinds.begin()), {}};
  bool valid = kind != kinds.end();
  if (colon != std::string_view::npos) {
    objective.eps = parse_real(text.substr(colon + 1)).value_or(-1.0);
    valid = valid && objective.kind != TuneObjective::Kind::accuracy && *objective.eps >= 0.0 &&
            std::isfinite(*objective.eps);
  }
  if (!valid) {
    throw InputError(Fault{.field = "objective",
                           .value = fmt::format("\"{}\"", text),
                           .rule = "must be accuracy, certified or mean, the last two with the size of the "
                                   "perturbation if you like, such as certified:0.3"});
  }
  return objective;
}

std::string_view name(TuneObjective::Kind kind) { return kinds[static_cast<std::size_t>(kind)]; }

std::string_view name(Trial::Status status) {
  constexpr std::array<std::string_view, 3> names = {"complete", "dropped", "failed"};
  return names[static_cast<std::size_t>(status)];
}

Tuning tune(const DatasetView& data, const TrainOptions& base, const TuneOptions& options) {
  const learners::Method& method = learners::find_method(base.method);
  const Labels& labels = require_labels(data, "tune a method");
  if (!std::holds_alternative<std::monostate>(base.supervision)) {
    const bool chunks = std::holds_alternative<constraints::ChunkSet>(base.supervision);
    throw InputError(
        fmt::format("tune learns and judges by labels; give no {}", chunks ? "chunks" : "pairs or triplets"));
  }
  if (method.task == model::Task::regression) {
    throw InputError(fmt::format(
        "tune judges by the accuracy of classes, and {} learns quantities; use fit and evaluate", method.name));
  }
  if (options.trials < 1) {
    throw InputError(
        Fault{.field = "trials", .value = fmt::format("{}", options.trials), .rule = "must be at least 1"});
  }
  learners::require_known(base.options);
  if (std::ranges::none_of(method.options->options(), &OptionInfo::is_searched)) {
    throw InputError(fmt::format("the method {} has nothing to tune; use fit", method.name));
  }
  const std::vector<Split> folds = stratified_folds(labels, options.folds, options.seed);
  neighbors::require_valid_k(options.k, static_cast<Index>(folds.front().train.size()));

  Tuning result;
  result.trials = draw_trials(*method.options, base.options, options);
  std::vector<std::size_t> alive(result.trials.size());
  std::iota(alive.begin(), alive.end(), std::size_t{0});
  std::vector<std::vector<FoldFigures>> figures(result.trials.size());
  Watch watch(options.observer, planned_fits(options.trials, options.folds));
  for (std::size_t fold = 0; fold < folds.size(); ++fold) {
    const Dataset train = part(data, folds[fold].train);
    const Dataset test = part(data, folds[fold].test);
    if (fold == 0 && options.objective.kind != TuneObjective::Kind::accuracy) {
      result.eps = options.objective.eps ? *options.objective.eps
                                         : median_euclidean_radius(train, test, base, options.k, watch.of_part());
    }
    parallel_chunks(static_cast<Index>(alive.size()), [&](Index chunk) {
      const std::size_t number = alive[static_cast<std::size_t>(chunk)];
      Trial& trial = result.trials[number];
      const auto began = std::chrono::steady_clock::now();
      try {
        TrainOptions own = base;
        own.options = trial.options;
        const learners::Trained trained = learners::train(train, own, watch.of_part());
        if (watch.stopped()) throw Stopped{};
        figures[number].push_back(
            judge(trained.model, test, options.k, options.objective.kind, result.eps, watch.of_part()));
      } catch (const InputError& error) {
        trial.status = Trial::Status::failed;
        trial.note = error.what();
      }
      trial.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
      watch.count();
    });
    std::erase_if(alive, [&](std::size_t number) { return result.trials[number].status == Trial::Status::failed; });
    for (const std::size_t number : alive) summarize_folds(figures[number], result.trials[number]);
    if (alive.empty()) {
      throw InputError(fmt::format("every trial failed; the first: {}", result.trials.front().note));
    }
    if (fold + 1 == folds.size()) break;
    for (const std::size_t number : alive) result.trials[number].status = Trial::Status::dropped;
    alive = survivors(result.trials, std::move(alive));
    for (const std::size_t number : alive) result.trials[number].status = Trial::Status::complete;
  }
  result.best = *std::ranges::max_element(alive, {}, [&](std::size_t number) { return result.trials[number].score; });
  return result;
}

Record describe(const Trial& trial) {
  return Record()
      .add("status", name(trial.status))
      .add("folds", trial.folds)
      .add("score", trial.folds > 0 ? Value(trial.score) : Value())
      .add("accuracy", trial.accuracy.mean)
      .add("accuracy_std", trial.accuracy.deviation)
      .add("certified", trial.certified.mean)
      .add("certified_std", trial.certified.deviation)
      .add("seconds", trial.seconds, {.format = ".3f"});
}

}  // namespace holdfast::evaluate
