#include "holdfast/learners/perturbation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "holdfast/core/random.hpp"
#include "holdfast/learners/arml.hpp"
#include "holdfast/learners/lmnn.hpp"
#include "holdfast/learners/nca.hpp"
#include "holdfast/learners/scml.hpp"
#include "holdfast/neighbors/classifier.hpp"
#include "reference/labelled_data.hpp"

namespace holdfast::learners {
namespace {

using reference::clouds;
using reference::three_clouds;

TEST(Perturbation, IsDerivedUnlessGivenAndOffAtTheWeightZero) {
  EXPECT_FALSE(Perturbation{}.is_off());
  EXPECT_FALSE((Perturbation{2.0, 0.5}).is_off());
  EXPECT_TRUE((Perturbation{0.0, {}}).is_off());
}

TEST(Perturbation, IsTheValueOfAnOptionAndBack) {
  for (const Perturbation& given : {Perturbation{}, Perturbation{2.0, 0.5}, Perturbation{2.0, {}}}) {
    EXPECT_EQ(Derivables(Perturbation::of(given)), Derivables(given));
  }
  EXPECT_TRUE(Perturbation::of(Perturbation{0.0, {}}).is_off());
  EXPECT_TRUE(Derivables(Perturbation{0.0, {}}).empty());
}

double derived(const Fit& fit, const std::string& name) {
  const auto at = std::ranges::find(fit.report.derived, name, [](const auto& entry) { return entry.first; });
  return at == fit.report.derived.end() ? -1.0 : at->second;
}

/// The class is a small step of the first column beside large noise in the others: a metric that tells the classes
/// apart holds against small perturbations only, and a metric that holds against larger ones is often wrong.
Dataset small_step(Index rows, std::uint64_t seed) {
  Random random(seed);
  Dataset data{Matrix(rows, 7), Labels{{}, {"a", "b"}}, {}, {}};
  for (Index i = 0; i < rows; ++i) {
    const int code = random.uniform() < 0.5 ? 0 : 1;
    data.labels->codes.push_back(code);
    for (Index k = 0; k < 7; ++k) data.x(i, k) = k > 0 ? random.normal() : code == 0 ? -0.1 : 0.1;
  }
  return data;
}

double accuracy(const Fit& fit, const Dataset& train, const Dataset& test) {
  const std::vector<int> predicted = neighbors::KnnClassifier(fit.metric, train.x, *train.labels).predict(test.x);
  Index right = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) right += predicted[i] == test.labels->codes[i] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(predicted.size());
}

TEST(ChosenWeight, KeepsTheAccuracyThatTheDerivedWeightCosts) {
  const Dataset train = small_step(240, 1);
  const Dataset test = small_step(240, 2);
  const Fit plain = fit_lmnn(train.x, *train.labels);
  const Fit whole = fit_lmnn(train.x, *train.labels, {.perturbation = Perturbation{Derivable::times(1.0), {}}});
  const Fit chosen = fit_lmnn(train.x, *train.labels, {.perturbation = Perturbation{}});
  const double best = accuracy(plain, train, test);
  const double worst = accuracy(whole, train, test);
  ASSERT_LT(worst, best) << "nothing to choose";
  EXPECT_GT(accuracy(chosen, train, test), std::midpoint(best, worst));
  EXPECT_LT(derived(chosen, "perturbation_factor"), 1.0);
}

TEST(ChosenWeight, IsAShareOfTheDerivedOne) {
  const Dataset data = clouds(90, 4, 3, 1);
  const Fit chosen = fit_lmnn(data.x, *data.labels, {.perturbation = Perturbation{}}, {.seed = 5});
  const double factor = derived(chosen, "perturbation_factor");
  EXPECT_THAT((std::vector{0.0, 0.03, 0.1, 0.3, 1.0}), testing::Contains(factor));
  const Perturbation same{factor > 0.0 ? Derivable::times(factor) : Derivable(0.0), {}};
  EXPECT_TRUE(chosen.metric == fit_lmnn(data.x, *data.labels, {.perturbation = same}).metric);
  EXPECT_THAT(chosen.report.log.front(), testing::StartsWith("perturbation weight auto*0: accuracy "));
  EXPECT_EQ(std::ranges::count_if(chosen.report.log,
                                  [](const std::string& line) { return line.starts_with("perturbation weight"); }),
            5);
}

TEST(ChosenWeight, IsThatOfEveryLearnerOverTriplets) {
  const Labels& labels = *three_clouds().labels;
  const Perturbation chosen;
  EXPECT_GE(derived(fit_scml(three_clouds().x, labels, {.perturbation = chosen}), "perturbation_factor"), 0.0);
  EXPECT_GE(derived(fit_nca(three_clouds().x, labels, {.perturbation = chosen}), "perturbation_factor"), 0.0);
  EXPECT_GE(derived(fit_arml(three_clouds().x, labels, {.perturbation = chosen}), "perturbation_factor"), 0.0);
}

TEST(ChosenWeight, DoesNotDependOnTheOrderOfTheRows) {
  const Dataset data = clouds(120, 5, 3, 4);
  std::vector<Index> reversed;
  for (Index row = data.rows(); row-- > 0;) reversed.push_back(row);
  const Dataset other = select_rows(data, reversed);
  const LmnnOptions options{.perturbation = Perturbation{}};
  EXPECT_EQ(derived(fit_lmnn(data.x, *data.labels, options), "perturbation_factor"),
            derived(fit_lmnn(other.x, *other.labels, options), "perturbation_factor"));
}

TEST(ChosenWeight, IsTheDerivedOneIfThereIsNothingToJudgeBy) {
  const Dataset data = clouds(90, 4, 3, 1);
  const auto set = constraints::triplets_from_labels(data.x, *data.labels, {3, 10});
  const Perturbation whole{Derivable::times(1.0), {}};
  const Fit on_triplets = fit_lmnn(data.x, set, {.perturbation = Perturbation{}});
  EXPECT_TRUE(on_triplets.metric == fit_lmnn(data.x, set, {.perturbation = whole}).metric);
  const Matrix few{{0.0}, {1.0}, {5.0}, {6.0}};
  const Labels labels = encode_labels(std::vector<int>{0, 0, 1, 1});
  const Fit on_few = fit_lmnn(few, labels, {.perturbation = Perturbation{}});
  EXPECT_TRUE(on_few.metric == fit_lmnn(few, labels, {.perturbation = whole}).metric);
  EXPECT_THAT(on_few.report.log, testing::Contains(testing::HasSubstr("too few rows per class")));
}

TEST(ChosenWeight, IsOneCountOfStepsToTheObserver) {
  const Dataset data = clouds(90, 4, 3, 1);
  Index last = 0;
  const Observer watch = [&](const Progress& progress) {
    if (progress.stage != "choose weight") return Action::proceed;
    EXPECT_EQ(progress.total, 15);
    EXPECT_GE(progress.step, last);
    last = progress.step;
    return progress.step == 4 ? Action::stop : Action::proceed;
  };
  EXPECT_THROW((void)fit_lmnn(data.x, *data.labels, {.perturbation = Perturbation{}}, {.observer = watch}), Stopped);
  EXPECT_EQ(last, 4);
}

}  // namespace
}  // namespace holdfast::learners
