#include "holdfast/evaluate/evaluation.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/split.hpp"
#include "holdfast/learners/train.hpp"
#include "holdfast/model/predictor.hpp"
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
  const double one_row = 1.0 / static_cast<double>(result.n);
  EXPECT_NEAR(result.noise[0].accuracy.mean, result.accuracy, one_row);
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

TEST(Evaluate, IsDescribedForProgramsAndForPeople) {
  Evaluation result{.n = 10, .k = 3, .accuracy = 0.5, .noise = {}, .repeats = 4, .seed = 9, .retrieval = {}};
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
