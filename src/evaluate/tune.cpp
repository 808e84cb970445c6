#include "holdfast/evaluate/tune.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
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

double drawn(const SearchRange& range, Random& random) {
  const double u = random.uniform();
  return range.scale == SearchRange::Scale::logarithmic ? range.low * std::pow(range.high / range.low, u)
                                                        : range.low + u * (range.high - range.low);
}

/// Three significant digits do, and read better.
double rounded(double value) {
  if (value == 0.0) return 0.0;
  const double unit = std::pow(10.0, std::floor(std::log10(std::abs(value))) - 2.0);
  const double digits = std::round(value / unit);
  return unit >= 1.0 ? digits * unit : digits / std::round(1.0 / unit);
}

double draw(const SearchRange& range, Random& random) {
  return rounded(drawn(range, random));
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

/// Accuracy and, where eps is given, certified accuracy on the test rows of a fold.
struct FoldFigures {
  double accuracy = 0.0;
  double certified = 0.0;
};

FoldFigures judge(const model::Model& model, const Dataset& test, Index k, std::optional<double> eps,
                  const Observer& observer) {
  if (!eps) {
    return {accuracy(model::Predictor(model).predict(model.prepare(test), k, observer), model.codes_of(test)), 0.0};
  }
  const certify::CertifiedKnn knn(model, {});
  const certify::CertificationProblem problem = knn.problem(test, {.k = k, .observer = observer});
  const auto certificates = certify::knn_lower_bounds(knn, problem.first(most_certified_rows), {.observer = observer});
  return {accuracy(problem.predicted, problem.classes),
          summarize(certificates, std::vector<double>{*eps}).certified.front().accuracy};
}

double median_euclidean_radius(const Dataset& train, const Dataset& test, const TrainOptions& base, Index k,
                               const Observer& observer) {
  const model::Model model = learners::train(train, {"euclidean", base.preprocess, {}, base.seed, {}}).model;
  const certify::CertifiedKnn knn(model, {});
  const certify::CertificationProblem problem = knn.problem(test, {.k = k, .observer = observer});
  std::vector<double> radii;
  for (const certify::Certificate& c :
       certify::knn_lower_bounds(knn, problem.first(most_certified_rows), {.observer = observer})) {
    if (c.radius > 0.0 && std::isfinite(c.radius)) radii.push_back(c.radius);
  }
  return median(radii);
}

double score_of(TuneObjective::Kind kind, const FoldFigures& figures) {
  switch (kind) {
    case TuneObjective::Kind::accuracy:
      return figures.accuracy;
    case TuneObjective::Kind::certified:
      return figures.certified;
    case TuneObjective::Kind::mean:
      break;
  }
  return 0.5 * (figures.accuracy + figures.certified);
}

/// Tells the observer of finished fits, from the caller's thread only, and stops the fits of all threads when it says
/// so.
class Watch {
 public:
  Watch(const Observer& observer, Index total) : observer_(observer), total_(total) {}

  /// For the parts of a fit and of its judgement.
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

/// Those of `alive` (trial numbers) that go on to the next fold: the better half, at least a few, and the defaults.
std::vector<std::size_t> survivors(const std::vector<Trial>& trials, std::vector<std::size_t> alive) {
  std::stable_sort(alive.begin(), alive.end(),
                   [&](std::size_t a, std::size_t b) { return trials[a].score > trials[b].score; });
  const std::size_t kept = std::min(alive.size(), std::max(fewest_survivors, (alive.size() + 1) / 2));
  std::vector<std::size_t> next(alive.begin(), alive.begin() + static_cast<std::ptrdiff_t>(kept));
  const bool lost_defaults = std::find(next.begin(), next.end(), 0) == next.end();
  if (lost_defaults && std::find(alive.begin(), alive.end(), 0) != alive.end()) next.push_back(0);
  std::sort(next.begin(), next.end());
  return next;
}

/// At most: the defaults may be among the better half, or come on top.
Index planned_fits(Index trials, Index folds) {
  Index total = 0;
  for (Index fold = 0; fold < folds; ++fold) {
    total += trials;
    trials = std::min(trials, std::max<Index>(fewest_survivors, (trials + 1) / 2) + 1);
  }
  return total;
}

}  // namespace

TuneObjective parse_objective(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  TuneObjective objective;
  bool valid = true;
  if (kind == "accuracy") {
    objective.kind = TuneObjective::Kind::accuracy;
    valid = colon == std::string_view::npos;
  } else if (kind == "certified") {
    objective.kind = TuneObjective::Kind::certified;
  } else {
    valid = kind == "mean";
  }
  if (valid && colon != std::string_view::npos) {
    objective.eps = parse_real(text.substr(colon + 1)).value_or(-1.0);
    valid = *objective.eps >= 0.0 && std::isfinite(*objective.eps);
  }
  if (!valid) {
    throw InputError(Fault{.field = "objective",
                           .value = fmt::format("\"{}\"", text),
                           .rule = "must be accuracy, certified or mean, the last two with the size of the "
                                   "perturbation if you like, such as certified:0.3"});
  }
  return objective;
}

std::string_view name(TuneObjective::Kind kind) {
  switch (kind) {
    case TuneObjective::Kind::accuracy:
      return "accuracy";
    case TuneObjective::Kind::certified:
      return "certified";
    case TuneObjective::Kind::mean:
      break;
  }
  return "mean";
}

std::string_view name(Trial::Status status) {
  switch (status) {
    case Trial::Status::complete:
      return "complete";
    case Trial::Status::dropped:
      return "dropped";
    case Trial::Status::failed:
      break;
  }
  return "failed";
}

Tuning tune(const Dataset& data, const TrainOptions& base, const TuneOptions& options) {
  const learners::Method& method = learners::find_method(base.method);
  const Labels& labels = require_labels(data, "tune a method");
  if (!std::holds_alternative<std::monostate>(base.supervision)) {
    throw InputError("tune learns and judges by labels; give no pairs or triplets");
  }
  if (options.trials < 1) {
    throw InputError(
        Fault{.field = "trials", .value = fmt::format("{}", options.trials), .rule = "must be at least 1"});
  }
  learners::require_known(base.options);
  const auto infos = method.options->options();
  if (std::none_of(infos.begin(), infos.end(), [](const OptionInfo& info) { return info.is_searched(); })) {
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
  const bool certifies = options.objective.kind != TuneObjective::Kind::accuracy;
  std::optional<double> eps;
  for (std::size_t fold = 0; fold < folds.size(); ++fold) {
    const Dataset train = select_rows(data, folds[fold].train);
    const Dataset test = select_rows(data, folds[fold].test);
    if (fold == 0 && certifies) {
      eps = options.objective.eps ? *options.objective.eps
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
        figures[number].push_back(judge(trained.model, test, options.k, eps, watch.of_part()));
      } catch (const InputError& error) {
        trial.status = Trial::Status::failed;
        trial.note = error.what();
      }
      trial.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
      watch.count();
    });
    std::erase_if(alive, [&](std::size_t number) { return result.trials[number].status == Trial::Status::failed; });
    for (const std::size_t number : alive) {
      Trial& trial = result.trials[number];
      std::vector<double> accuracies;
      std::vector<double> certified;
      double score = 0.0;
      for (const FoldFigures& own : figures[number]) {
        accuracies.push_back(own.accuracy);
        certified.push_back(own.certified);
        score += score_of(options.objective.kind, own);
      }
      trial.folds = static_cast<Index>(figures[number].size());
      trial.accuracy = spread(accuracies);
      trial.certified = spread(certified);
      trial.score = score / static_cast<double>(trial.folds);
    }
    if (alive.empty()) {
      throw InputError(fmt::format("every trial failed; the first: {}", result.trials.front().note));
    }
    if (fold + 1 == folds.size()) break;
    const std::vector<std::size_t> next = survivors(result.trials, alive);
    for (const std::size_t number : alive) {
      if (std::find(next.begin(), next.end(), number) == next.end())
        result.trials[number].status = Trial::Status::dropped;
    }
    alive = next;
  }
  result.eps = eps.value_or(0.0);
  result.best = *std::max_element(alive.begin(), alive.end(), [&](std::size_t a, std::size_t b) {
    return result.trials[a].score < result.trials[b].score;
  });
  return result;
}

Record describe(const Trial& trial) {
  Record record;
  record.add("status", name(trial.status))
      .add("folds", trial.folds)
      .add("score", trial.score)
      .add("accuracy", trial.accuracy.mean)
      .add("accuracy_std", trial.accuracy.deviation)
      .add("certified", trial.certified.mean)
      .add("certified_std", trial.certified.deviation)
      .add("seconds", trial.seconds, {.format = ".3f"});
  return record;
}

}  // namespace holdfast::evaluate
