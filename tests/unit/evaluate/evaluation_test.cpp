#include "holdfast/evaluate/evaluation.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/split.hpp"
#include "holdfast/learners/train.hpp"
#include "holdfast/model/predictor.hpp"
#include "holdfast/model/training_rows.hpp"
#include "holdfast/report/json.hpp"
#include "holdfast/report/text.hpp"
#include "reference/labelled_data.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::evaluate {
namespace {

TEST(Evaluate, CleanAndNoisyAccuracy) {
  const Dataset data = reference::clouds(200, 4, 2, 5);
  const Split split = random_split(200, 0.7, 1);
  const auto trained = learners::train(select_rows(data, split.train), {.method = "euclidean"});
  const Dataset test = select_rows(data, split.test);
  const EvaluationOptions options{.k = 3, .noise = parse_noise("gaussian:40,-20"), .repeats = 4, .seed = 9};
  const Evaluation result = evaluate(trained.model, test, options);
  EXPECT_EQ(result.n, 60);
  EXPECT_GT(result.accuracy, 0.8);
  EXPECT_TRUE(result.notes.empty());
  const double one_row = 1.0 / static_cast<double>(result.n);
  EXPECT_NEAR(result.noise[0].accuracy.mean.value(), result.accuracy.value(), one_row);
  EXPECT_LT(result.noise[1].accuracy.mean, 0.75);
  const Evaluation again = evaluate(trained.model, test, options);
  EXPECT_EQ(again.noise[1].accuracy.mean, result.noise[1].accuracy.mean);
  EXPECT_THROW((void)evaluate(trained.model, test, {.k = 4}), InputError);
  EXPECT_THROW((void)evaluate(trained.model, test, {.repeats = 0}), InputError);
}

TEST(Evaluate, EveryDrawHasNoiseOfItsOwnMeasuredByTheReferenceRows) {
  const Dataset data = reference::clouds(140, 4, 2, 5);
  const auto trained = learners::train(data, {.method = "euclidean"});
  Dataset test = reference::clouds(200, 4, 2, 6);
  test.x *= 2.0;  // their power is not that of the reference
  const EvaluationOptions options{.k = 3, .noise = parse_noise("gaussian:10,0"), .repeats = 4, .seed = 9};
  const Evaluation result = evaluate(trained.model, test, options);
  const Matrix prepared = trained.model.prepare(test);
  const model::Predictor predictor(trained.model);
  for (const NoisyAccuracy& noisy : result.noise) {
    std::vector<double> accuracies;
    for (std::uint64_t repeat = 0; repeat < 4; ++repeat) {
      Random random(9, repeat);
      Matrix rows = prepared;
      add_noise(rows, noisy.level, signal_power(trained.model.reference), random);
      accuracies.push_back(accuracy(predictor.predict(rows, 3), trained.model.codes_of(test)));
    }
    EXPECT_EQ(noisy.accuracy.mean, spread(accuracies).mean);
    EXPECT_EQ(noisy.accuracy.deviation, spread(accuracies).deviation);
    EXPECT_GT(noisy.accuracy.deviation, 0.0);
  }
}

TEST(Evaluate, TheTrainingRowsAreJudgedLeaveOneOut) {
  const Dataset data = reference::clouds(60, 3, 2, 5);
  const auto trained = learners::train(data, {.method = "gmml"});
  const EvaluationOptions options{.k = 3, .noise = parse_noise("gaussian:15"), .repeats = 2, .seed = 9};
  const Evaluation result = evaluate(trained.model, data, options);
  EXPECT_EQ(result.notes, std::vector<std::string>{std::string(model::leave_one_out_note)});
  // Each row by a model of the same metric without it.
  const Matrix prepared = trained.model.prepare(data);
  const auto accuracy_without = [&](const Matrix& rows) {
    Index right = 0;
    for (Index row = 0; row < 60; ++row) {
      std::vector<Index> others;
      for (Index other = 0; other < 60; ++other) {
        if (other != row) others.push_back(other);
      }
      model::Model model = trained.model;
      model.reference = select_rows(MatrixView(trained.model.reference), others);
      model.labels = *select_rows(data, others).labels;
      const int predicted = model::Predictor(model).predict(rows.row(row), 3)[0];
      right += predicted == data.labels->code(row) ? 1 : 0;
    }
    return static_cast<double>(right) / 60.0;
  };
  EXPECT_EQ(result.accuracy, accuracy_without(prepared));
  std::vector<double> accuracies;
  for (std::uint64_t repeat = 0; repeat < 2; ++repeat) {
    Random random(9, repeat);
    Matrix noisy = prepared;
    add_noise(noisy, options.noise[0], signal_power(trained.model.reference), random);
    accuracies.push_back(accuracy_without(noisy));
  }
  EXPECT_EQ(result.noise[0].accuracy.mean, spread(accuracies).mean);
  EXPECT_THROW((void)evaluate(trained.model, data, {.k = 61}), InputError);
  // The same rows in another order give the same figures.
  std::vector<Index> reversed;
  for (Index row = 59; row >= 0; --row) reversed.push_back(row);
  EXPECT_EQ(evaluate(trained.model, select_rows(data, reversed)).accuracy, result.accuracy);
}

TEST(Evaluate, RowsOfUnknownClassesHaveNoPartInTheAccuracy) {
  const auto trained = learners::train(reference::clouds(60, 3, 2, 5), {.method = "euclidean"});
  const Dataset known = reference::clouds(40, 3, 2, 6);
  Dataset test = known;
  test.labels->names.emplace_back("unseen");
  for (std::size_t row = 20; row < 40; ++row) test.labels->codes[row] = 2;
  std::vector<Index> first(20);
  std::iota(first.begin(), first.end(), Index{0});
  const Evaluation result = evaluate(trained.model, test);
  EXPECT_EQ(result.accuracy, evaluate(trained.model, select_rows(known, first)).accuracy);
  EXPECT_EQ(result.retrieval->queries, 40);
  EXPECT_EQ(result.notes, std::vector<std::string>{"20 of 40 rows are of a class that the model does not know "
                                                   "(\"unseen\"); k-NN accuracy is that of the other 20 rows"});
}

TEST(Evaluate, UnseenClassesAreRetrievedAndNotPredicted) {
  model::Model model = learners::train(reference::clouds(60, 3, 2, 5), {.method = "euclidean"}).model;
  Dataset test = reference::clouds(40, 3, 2, 6);
  const Evaluation known = evaluate(model, test);
  test.labels->names = {"x", "y"};
  const EvaluationOptions options{.noise = parse_noise("gaussian:10")};
  const Evaluation unseen = evaluate(model, test, options);
  EXPECT_EQ(unseen.accuracy, std::nullopt);
  EXPECT_EQ(unseen.noise[0].accuracy.mean, std::nullopt);
  EXPECT_EQ(unseen.retrieval->map_at_r, known.retrieval->map_at_r);
  EXPECT_EQ(unseen.notes.size(), 1u);
  EXPECT_NE(report::to_json(describe(unseen)).find(R"("accuracy":null)"), std::string::npos);
  EXPECT_NE(report::to_text(describe(unseen)).find("accuracy                 n/a\n"), std::string::npos);
  model.labels = {};
  EXPECT_EQ(evaluate(model, test).retrieval->map_at_r, known.retrieval->map_at_r);
  EXPECT_EQ(evaluate(model, test).notes,
            std::vector<std::string>{"the model has no labels, so that k-NN accuracy is n/a"});
}

TEST(Evaluate, ClassesOfOneRowGiveNoRetrievalFigures) {
  const auto trained = learners::train(reference::clouds(60, 3, 2, 5), {.method = "euclidean"});
  Dataset test = reference::clouds(2, 3, 2, 6);
  test.labels = Labels{{0, 1}, {"c0", "c1"}};
  const Evaluation result = evaluate(trained.model, test);
  EXPECT_EQ(result.retrieval->recall_at_1, std::nullopt);
  EXPECT_EQ(result.notes.size(), 1u);
}

TEST(Evaluate, IsDescribedForProgramsAndForPeople) {
  Evaluation result;
  result.n = 10;
  result.k = 3;
  result.accuracy = 0.5;
  result.repeats = 4;
  result.seed = 9;
  EXPECT_EQ(report::to_json(describe(result)), R"({"n":10,"k":3,"accuracy":0.5,"noise":[]})");
  EXPECT_EQ(report::to_text(describe(result)), "accuracy                 0.5000\n");
  result.noise.push_back({{NoiseKind::uniform, 2.5}, {0.25, 0.125}});
  result.retrieval = Retrieval{.recall_at_1 = 1.0, .r_precision = 1.0, .map_at_r = 1.0, .queries = 10};
  EXPECT_EQ(report::to_json(describe(result)),
            R"({"n":10,"k":3,"accuracy":0.5,"noise":[{"kind":"uniform","snr_db":2.5,"accuracy_mean":0.25,)"
            R"("accuracy_std":0.125}],"retrieval":{"recall_at_1":1.0,"map_at_r":1.0,"r_precision":1.0,"queries":10,)"
            R"("excluded":0}})");
  EXPECT_EQ(report::to_text(describe(result)),
            "accuracy                 0.5000\n"
            "  uniform  noise   2.5 dB  0.2500 +- 0.1250\n"
            "  (signal-to-noise ratio on preprocessed rows; mean and standard deviation of 4 draws, seed 9)\n"
            "retrieval among the test rows: recall@1 1.0000, MAP@R 1.0000, R-precision 1.0000\n");
}

TEST(Noise, ParsesKindsAndLevels) {
  const std::vector<NoiseLevel> levels = parse_noise("uniform:20,-5.5");
  ASSERT_EQ(levels.size(), 2u);
  EXPECT_EQ(levels[0].kind, NoiseKind::uniform);
  EXPECT_EQ(levels[1].snr_db, -5.5);
  EXPECT_EQ(parse_noise("gaussian:300,-300").size(), 2u);
  for (const char* bad : {"", "gaussian", "gaussian:", "gaussian:x", "laplace:3", "gaussian:1,,2", "gaussian:inf",
                          "gaussian:300.5", "gaussian:-300.5"}) {
    EXPECT_THROW((void)parse_noise(bad), InputError) << bad;
  }
}

TEST(Noise, HasTheVarianceOfItsRatio) {
  const Matrix x = 3.0 * reference::random_normal(2000, 100, 1);
  const double power = signal_power(x);
  EXPECT_NEAR(power, 9.0, reference::sampling_error(9.0 * std::sqrt(2.0), 200'000));
  EXPECT_NEAR(signal_power((x.array() + 5.0).matrix()), power, reference::long_sums);  // around the mean of a column
  for (const NoiseKind kind : {NoiseKind::gaussian, NoiseKind::uniform}) {
    Matrix noisy = x;
    Random random(2);
    add_noise(noisy, {kind, 10.0}, power, random);
    EXPECT_NEAR((noisy - x).squaredNorm() / static_cast<double>(x.size()), power / 10.0,
                reference::sampling_error(power / 10.0 * std::sqrt(2.0), 200'000));
    if (kind == NoiseKind::uniform) {
      EXPECT_LE(reference::largest_entry(noisy - x), std::sqrt(3.0 * power / 10.0));
    }
  }
}

}  // namespace
}  // namespace holdfast::evaluate
