#include "holdfast/evaluate/evaluation.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/split.hpp"
#include "holdfast/learners/train.hpp"
#include "reference/brute_force_knn.hpp"
#include "reference/labelled_data.hpp"

namespace holdfast::evaluate {
namespace {

TEST(Noise, ParsesKindsAndLevels) {
  const std::vector<NoiseLevel> levels = parse_noise("uniform:20,-5.5");
  ASSERT_EQ(levels.size(), 2u);
  EXPECT_EQ(levels[0].kind, NoiseKind::uniform);
  EXPECT_EQ(levels[1].snr_db, -5.5);
  for (const char* bad : {"", "gaussian", "gaussian:", "gaussian:x", "laplace:3", "gaussian:1,,2", "gaussian:inf"}) {
    EXPECT_THROW((void)parse_noise(bad), InputError) << bad;
  }
}

TEST(Noise, HasTheVarianceOfItsRatio) {
  const Matrix x = 3.0 * reference::random_normal(2000, 100, 1);
  const double power = signal_power(x);
  EXPECT_NEAR(power, 9.0, 0.2);
  for (const NoiseKind kind : {NoiseKind::gaussian, NoiseKind::uniform}) {
    Matrix noisy = x;
    Random random(2);
    add_noise(noisy, {kind, 10.0}, power, random);
    EXPECT_NEAR((noisy - x).squaredNorm() / static_cast<double>(x.size()), power / 10.0, 0.02);
    if (kind == NoiseKind::uniform) {
      EXPECT_LE((noisy - x).cwiseAbs().maxCoeff(), std::sqrt(3.0 * power / 10.0));
    }
  }
}

TEST(Retrieval, OfAHandmadeLine) {
  // a a b a b: from row 0, neighbours in order are 1 (a), 2 (b), 3 (a), 4 (b).
  const Matrix x = Matrix{{0.0}, {1.0}, {2.5}, {4.5}, {7.0}};
  const std::vector<int> codes = {0, 0, 1, 0, 1};
  const Retrieval result = retrieval(x, codes);
  EXPECT_EQ(result.queries, 5);
  // Nearest of the same class: row 0 yes (1), row 1 yes (0), row 2 no (1), row 3 no (2), row 4 no (3).
  EXPECT_DOUBLE_EQ(result.recall_at_1, 2.0 / 5.0);
  // R = 2 for a: rows 0: {1,2} 1/2; 1: {0,2} 1/2; 3: {2,4} 0. R = 1 for b: 0, 0.
  EXPECT_DOUBLE_EQ(result.r_precision, (0.5 + 0.5) / 5.0);
  EXPECT_DOUBLE_EQ(result.map_at_r, (0.5 + 0.5) / 5.0);
}

TEST(Retrieval, ALonelyRowIsNoQuery) {
  const Matrix x = Matrix{{0.0}, {1.0}, {2.0}};
  const std::vector<int> codes = {0, 0, 1};
  const Retrieval result = retrieval(x, codes);
  EXPECT_EQ(result.queries, 2);
  EXPECT_EQ(result.excluded, 1);
  EXPECT_DOUBLE_EQ(result.recall_at_1, 1.0);
  const std::vector<int> all_alone = {0, 1, 2};
  EXPECT_EQ(retrieval(x, all_alone).queries, 0);
}

TEST(Retrieval, EqualsAnExhaustiveCount) {
  const Dataset data = reference::clouds(60, 3, 3, 4);
  const Retrieval result = retrieval(data.x, data.labels->codes);
  double precision = 0.0;
  double average = 0.0;
  for (Index q = 0; q < 60; ++q) {
    const int code = data.labels->codes[static_cast<std::size_t>(q)];
    const Index relevant = class_counts(*data.labels)[static_cast<std::size_t>(code)] - 1;
    double hits = 0.0;
    double sum = 0.0;
    Index rank = 0;
    for (const Index row : reference::nearest_rows(data.x.row(q), data.x, relevant, q)) {
      ++rank;
      if (data.labels->codes[static_cast<std::size_t>(row)] != code) continue;
      hits += 1.0;
      sum += hits / static_cast<double>(rank);
    }
    precision += hits / static_cast<double>(relevant) / 60.0;
    average += sum / static_cast<double>(relevant) / 60.0;
  }
  EXPECT_NEAR(result.r_precision, precision, 1e-12);
  EXPECT_NEAR(result.map_at_r, average, 1e-12);
}

TEST(Evaluate, CleanAndNoisyAccuracy) {
  const Dataset data = reference::clouds(200, 4, 2, 5);
  const Split split = random_split(200, 0.7, 1);
  const auto trained = learners::train(select_rows(data, split.train), {.method = "euclidean"});
  const Dataset test = select_rows(data, split.test);
  const EvaluationOptions options{.k = 3, .noise = parse_noise("gaussian:40,-20"), .repeats = 4, .seed = 9};
  const Evaluation result = evaluate(trained.model, test, options);
  EXPECT_EQ(result.n, 60);
  EXPECT_GT(result.accuracy, 0.8);
  EXPECT_NEAR(result.noise[0].accuracy.mean, result.accuracy, 0.05);
  EXPECT_LT(result.noise[1].accuracy.mean, 0.75);
  const Evaluation again = evaluate(trained.model, test, options);
  EXPECT_EQ(again.noise[1].accuracy.mean, result.noise[1].accuracy.mean);
  EXPECT_THROW((void)evaluate(trained.model, test, {.k = 4}), InputError);
  EXPECT_THROW((void)evaluate(trained.model, test, {.repeats = 0}), InputError);
}

TEST(Predictor, NearestRowsAreThoseOfTheMetric) {
  const Dataset train = reference::clouds(50, 3, 2, 1);
  const Dataset test = reference::clouds(20, 3, 2, 2);
  const model::Model model = learners::train(train, {.method = "gmml", .preprocess = "standardize"}).model;
  const Matrix prepared = model.prepare(test);
  const neighbors::Neighbors found = Predictor(model).nearest(prepared, 2);  // even: nothing is voted
  for (Index row = 0; row < test.rows(); ++row) {
    Vector distances(train.rows());
    for (Index other = 0; other < train.rows(); ++other) {
      distances[other] = model.metric.squared_distance(prepared.row(row), model.reference.row(other));
    }
    Index nearest = 0;
    EXPECT_NEAR(found.squared_distances(row, 0), distances.minCoeff(&nearest), 1e-9);
    EXPECT_EQ(found.rows(row, 0), nearest);
  }
}

TEST(Split, CutsAllRowsInTwo) {
  const Split split = random_split(10, 0.7, 3);
  EXPECT_EQ(split.train.size(), 7u);
  EXPECT_EQ(split.test.size(), 3u);
  std::vector<Index> all = split.train;
  all.insert(all.end(), split.test.begin(), split.test.end());
  std::sort(all.begin(), all.end());
  for (Index i = 0; i < 10; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)], i);
  EXPECT_THROW((void)random_split(1, 0.7, 3), InputError);
}

TEST(Summary, MedianSpreadAndCertifiedAccuracy) {
  EXPECT_EQ(median({3.0, 1.0, 2.0}), 2.0);
  EXPECT_EQ(median({4.0, 1.0, 2.0, 3.0}), 2.5);
  EXPECT_EQ(median({}), 0.0);
  const std::vector<double> values = {1.0, 3.0};
  EXPECT_EQ(spread(values).mean, 2.0);
  EXPECT_DOUBLE_EQ(spread(values).deviation, std::sqrt(2.0));
  std::vector<certify::Certificate> certificates(4);
  for (std::size_t i = 0; i < 4; ++i) certificates[i].radius = 0.25 * static_cast<double>(i);
  const std::vector<double> eps = {0.0, 0.25, 0.6};
  const RadiusSummary summary = summarize(certificates, eps);
  EXPECT_DOUBLE_EQ(summary.mean, 0.375);
  EXPECT_EQ(summary.certified[0].accuracy, 0.75);
  EXPECT_EQ(summary.certified[1].accuracy, 0.5);
  EXPECT_EQ(summary.certified[2].accuracy, 0.25);
}

TEST(Summary, RoundEpsAreRound) {
  std::vector<certify::Certificate> certificates(100);
  for (std::size_t i = 0; i < 100; ++i) certificates[i].radius = 0.017 * static_cast<double>(i);
  EXPECT_EQ(round_eps(certificates), (std::vector<double>{0.2, 0.4, 0.6, 0.8, 1.0}));
  for (certify::Certificate& certificate : certificates) certificate.radius *= 1e4;
  EXPECT_EQ(round_eps(certificates), (std::vector<double>{2000.0, 4000.0, 6000.0, 8000.0, 10000.0}));
  EXPECT_EQ(round_eps({}), std::vector<double>{0.0});
}

}  // namespace
}  // namespace holdfast::evaluate
