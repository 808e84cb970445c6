#include "holdfast/evaluate/tune.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "holdfast/certify/knn_bound.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/evaluate/evaluation.hpp"
#include "holdfast/evaluate/split.hpp"
#include "holdfast/learners/perturbation.hpp"
#include "holdfast/model/predictor.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::evaluate {
namespace {

using reference::clouds;
using reference::message_of;
using testing::HasSubstr;

const Dataset& data() {
  static const Dataset made = clouds(90, 4, 3, 1);
  return made;
}

learners::TrainOptions base(const std::string& method) { return {.method = method, .preprocess = "standardize"}; }

TEST(StratifiedFolds, TestEveryRowOnceAndSpreadTheClasses) {
  const Labels& labels = *data().labels;
  const std::vector<Split> folds = stratified_folds(labels, 4, 7);
  ASSERT_EQ(folds.size(), 4u);
  std::multiset<Index> tested;
  for (const Split& fold : folds) {
    EXPECT_EQ(fold.train.size() + fold.test.size(), 90u);
    tested.insert(fold.test.begin(), fold.test.end());
    for (int code = 0; code < 3; ++code) {
      const auto of_class = [&](Index row) { return labels.codes[static_cast<std::size_t>(row)] == code; };
      const double all = static_cast<double>(class_counts(labels)[static_cast<std::size_t>(code)]);
      const auto tested_of_class = static_cast<double>(std::count_if(fold.test.begin(), fold.test.end(), of_class));
      EXPECT_GE(tested_of_class, std::floor(all / 4.0));
      EXPECT_LE(tested_of_class, std::ceil(all / 4.0));
    }
  }
  EXPECT_EQ(tested.size(), 90u);
  EXPECT_EQ(std::set<Index>(tested.begin(), tested.end()).size(), 90u);
  EXPECT_NE(stratified_folds(labels, 4, 8)[0].test, folds[0].test);
  EXPECT_EQ(message_of([&] { (void)stratified_folds(labels, 1, 0); }),
            "folds 1: must be between 2 and 90, the number of rows");
}

TEST(Tune, JudgesTheDefaultsAndKeepsThemToTheEnd) {
  const Tuning tuning = tune(data(), base("lmnn"), {.trials = 12, .folds = 4});
  ASSERT_EQ(tuning.trials.size(), 12u);
  EXPECT_TRUE(tuning.trials[0].options.empty());
  EXPECT_EQ(tuning.trials[0].status, Trial::Status::complete);
  EXPECT_EQ(tuning.trials[1].options, (OptionSet{{"perturbation", Derivables(2)}}));
  EXPECT_GE(tuning.winner().score, tuning.trials[0].score);
  EXPECT_EQ(tuning.winner().status, Trial::Status::complete);
  EXPECT_GT(tuning.eps, 0.0);
  // 12 trials on the first fold, 6 on the second, 4 from then on (and the defaults).
  std::vector<Index> at_least(5, 0);
  for (const Trial& trial : tuning.trials) {
    for (Index fold = 1; fold <= trial.folds; ++fold) ++at_least[static_cast<std::size_t>(fold)];
    EXPECT_EQ(trial.status == Trial::Status::complete, trial.folds == 4);
    EXPECT_NEAR(trial.score, 0.5 * (trial.accuracy.mean.value() + trial.certified.mean.value()), reference::rounding);
  }
  EXPECT_EQ(at_least[1], 12);
  EXPECT_THAT(at_least[2], testing::AnyOf(6, 7));
  EXPECT_THAT(at_least[4], testing::AnyOf(4, 5));
}

TEST(Tune, PoorDefaultsStayForComparison) {
  // Plain LMNN gives its robustness away here: by score the defaults would be dropped early.
  const Dataset digits = select_rows(reference::shipped("digits"), Random(1).permutation(200));
  const Tuning tuning = tune(digits, {.method = "lmnn", .preprocess = "center"}, {.trials = 10, .folds = 3});
  EXPECT_EQ(tuning.trials[0].status, Trial::Status::complete);
  int better = 0;
  for (const Trial& trial : tuning.trials) better += trial.score > tuning.trials[0].score ? 1 : 0;
  EXPECT_GE(better, 5);
}

TEST(Tune, FiguresOfATrialAreThoseOfItsOptions) {
  const TuneOptions options{.trials = 3, .folds = 3, .objective = {TuneObjective::Kind::accuracy, {}}, .seed = 5};
  const Tuning tuning = tune(data(), base("gmml"), options);
  const std::vector<Split> folds = stratified_folds(*data().labels, 3, 5);
  for (const Trial& trial : tuning.trials) {
    std::vector<double> accuracies;
    for (const Split& fold : folds) {
      learners::TrainOptions own = base("gmml");
      own.options = trial.options;
      const model::Model model = learners::train(select_rows(data(), fold.train), own).model;
      const Dataset test = select_rows(data(), fold.test);
      accuracies.push_back(accuracy(model::Predictor(model).predict(model.prepare(test), 1), model.codes_of(test)));
    }
    EXPECT_DOUBLE_EQ(trial.accuracy.mean.value(), spread(accuracies).mean.value());
    EXPECT_DOUBLE_EQ(trial.score, trial.accuracy.mean.value());
    EXPECT_EQ(trial.certified.mean, std::nullopt);
  }
}

TEST(Tune, IsTheSameForAnyNumberOfThreads) {
  const int before = thread_count();
  const auto texts = [&](int threads) {
    set_thread_count(threads);
    const Tuning tuning = tune(data(), base("scml"), {.trials = 6, .folds = 3, .seed = 3});
    std::vector<std::string> all;
    for (const Trial& trial : tuning.trials) {
      all.push_back(std::to_string(trial.score) + std::string(name(trial.status)));
      for (const auto& [option, value] : trial.options) all.push_back(option + text_of(value));
    }
    all.push_back(std::to_string(tuning.best));
    return all;
  };
  const auto one = texts(1);
  EXPECT_EQ(one, texts(4));
  set_thread_count(before);
}

TEST(Tune, OptionsThatAreGivenStay) {
  learners::TrainOptions given = base("lmnn");
  given.options = {{"mu", 0.25}, {"perturbation", learners::Perturbation{0.0, {}}}};
  for (const Trial& trial : tune(data(), given, {.trials = 4, .folds = 2}).trials) {
    EXPECT_EQ(*trial.options.find("mu"), OptionValue(0.25));
    EXPECT_EQ(*trial.options.find("perturbation"), OptionValue(Derivables{}));
  }
  given.options.set("perturbation", learners::Perturbation{{}, 0.5});
  const Tuning tuning = tune(data(), given, {.trials = 4, .folds = 2});
  const auto perturbation = [](const Trial& trial) {
    return std::get<Derivables>(*trial.options.find("perturbation"));
  };
  for (const Trial& trial : tuning.trials) EXPECT_EQ(perturbation(trial)[1], Derivable(0.5));
  EXPECT_NE(perturbation(tuning.trials[1])[0], perturbation(tuning.trials[2])[0]);
}

TEST(Tune, TheBetterHalfGoesOnToTheNextFold) {
  const TuneOptions options{.trials = 12, .folds = 2, .objective = {TuneObjective::Kind::certified, 0.3}, .seed = 5};
  const Tuning tuning = tune(data(), base("lmnn"), options);
  const Split fold = stratified_folds(*data().labels, 2, 5)[0];
  const Dataset test = select_rows(data(), fold.test);
  double worst_kept = 1.0;
  double best_dropped = 0.0;
  for (const Trial& trial : tuning.trials) {
    learners::TrainOptions own = base("lmnn");
    own.options = trial.options;
    const model::Model model = learners::train(select_rows(data(), fold.train), own).model;
    const certify::CertifiedKnn knn(model, {});
    const double score = certified_accuracy(certify::knn_lower_bounds(knn, knn.problem(test)), 0.3);
    if (trial.status == Trial::Status::dropped) {
      EXPECT_DOUBLE_EQ(trial.score, score);
      best_dropped = std::max(best_dropped, score);
    } else if (&trial != &tuning.trials[0]) {  // the defaults stay in any case
      worst_kept = std::min(worst_kept, score);
    }
  }
  EXPECT_GT(best_dropped, 0.0);
  EXPECT_GE(worst_kept, best_dropped);
}

TEST(Tune, DrawsStayWithinTheirRanges) {
  std::uint64_t seed = 0;
  int drawn = 0;
  int below_the_middle = 0;  // on a logarithmic scale
  for (const learners::Method& method : learners::methods()) {
    if (method.options->options().empty() || method.task == model::Task::regression) continue;
    const Tuning tuning = tune(data(), base(std::string(method.name)), {.trials = 12, .folds = 2, .seed = seed++});
    for (const Trial& trial : tuning.trials) {
      EXPECT_NE(trial.status, Trial::Status::failed) << method.name << ": " << trial.note;
      for (const OptionInfo& info : method.options->options()) {
        const OptionValue* value = trial.options.find(info.name);
        if (!info.search || value == nullptr) continue;
        EXPECT_GE(std::stod(text_of(*value)), 0.99 * info.search->low) << info.name;
        EXPECT_LE(std::stod(text_of(*value)), 1.01 * info.search->high) << info.name;
        if (info.kind == OptionKind::number) {
          const double number = std::get<double>(*value);
          EXPECT_EQ(number, std::stod(fmt::format("{:.2e}", number))) << info.name;  // three digits
        }
        if (info.search->scale != SearchRange::Scale::logarithmic) continue;
        ++drawn;
        below_the_middle += std::stod(text_of(*value)) < std::sqrt(info.search->low * info.search->high) ? 1 : 0;
      }
    }
  }
  EXPECT_GT(below_the_middle, drawn / 3);
  EXPECT_LT(below_the_middle, drawn - drawn / 3);
}

TEST(Tune, WhatCannotBeTunedIsRefused) {
  EXPECT_EQ(message_of([] { (void)tune(data(), base("euclidean"), {}); }),
            "the method euclidean has nothing to tune; use fit");
  EXPECT_EQ(message_of([] { (void)tune(data(), base("lmnn"), {.trials = 0}); }), "trials 0: must be at least 1");
  EXPECT_THAT(message_of([] { (void)tune(data(), base("lmnn"), {.k = 2}); }), HasSubstr("2"));
  learners::TrainOptions wrong = base("lmnn");
  wrong.options.set("neighbors", 0);
  EXPECT_EQ(message_of([&] { (void)tune(data(), wrong, {.trials = 2}); }),
            "every trial failed; the first: neighbors 0: must be at least 1");
  wrong = base("gmml");
  wrong.supervision = constraints::PairSet{{{0, 1}}, {{0, 2}}};
  EXPECT_EQ(message_of([&] { (void)tune(data(), wrong, {}); }),
            "tune learns and judges by labels; give no pairs or triplets");
}

TEST(Tune, StopsWhereItIsToldTo) {
  EXPECT_THROW((void)tune(data(), base("lmnn"),
                          {.observer = [](const Progress& p) { return p.step >= 3 ? Action::stop : Action::proceed; }}),
               Stopped);
}

/// gmml reports nothing itself.
TEST(Tune, StopsWithinTheJudgementOfAFit) {
  for (const auto kind : {TuneObjective::Kind::accuracy, TuneObjective::Kind::certified}) {
    EXPECT_THROW(
        (void)tune(data(), base("gmml"),
                   {.trials = 1,
                    .objective = {kind, 0.1},
                    .observer = [](const Progress& p) { return p.step == 0 ? Action::stop : Action::proceed; }}),
        Stopped);
  }
}

TEST(TuneObjective, ParsesWhatHelpSays) {
  EXPECT_EQ(parse_objective("accuracy").kind, TuneObjective::Kind::accuracy);
  EXPECT_EQ(parse_objective("certified").kind, TuneObjective::Kind::certified);
  EXPECT_FALSE(parse_objective("mean").eps.has_value());
  EXPECT_EQ(parse_objective("mean:0.3").eps, 0.3);
  for (const char* text : {"", "best", "accuracy:1", "certified:", "certified:x", "mean:-1", "mean:inf"}) {
    EXPECT_EQ(
        message_of([&] { (void)parse_objective(text); }),
        "objective \"" + std::string(text) +
            "\": must be accuracy, certified or mean, the last two with the size of the perturbation if you like, "
            "such as certified:0.3");
  }
}

}  // namespace
}  // namespace holdfast::evaluate
