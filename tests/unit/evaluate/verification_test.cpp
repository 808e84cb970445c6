#include "holdfast/evaluate/verification.hpp"

#include <gtest/gtest.h>

#include "holdfast/report/json.hpp"
#include "holdfast/report/text.hpp"
#include "reference/messages.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::evaluate {
namespace {

/// Small whole distances: ties are many.
PairDistances random_distances(std::uint64_t seed, Index similar = 40, Index dissimilar = 60) {
  Random random(seed);
  PairDistances distances;
  for (Index i = 0; i < similar; ++i) distances.similar.push_back(static_cast<double>(random.below(8)));
  for (Index i = 0; i < dissimilar; ++i) distances.dissimilar.push_back(static_cast<double>(2 + random.below(8)));
  return distances;
}

TEST(Verification, AreaIsTheShareOfPairsOfPairsInTheRightOrder) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const PairDistances distances = random_distances(seed);
    double right = 0.0;
    for (const double s : distances.similar) {
      for (const double d : distances.dissimilar) right += s < d ? 1.0 : s == d ? 0.5 : 0.0;
    }
    EXPECT_NEAR(area_under(roc_curve(distances)), right / 2400.0, reference::rounding);
  }
}

TEST(Verification, TheThresholdIsTheBestOfAll) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const PairDistances distances = random_distances(seed);
    const double threshold = best_threshold(distances);
    for (double other = -0.5; other < 11.0; other += 0.5) {
      EXPECT_GE(accuracy_at(distances, threshold), accuracy_at(distances, other));
      if (other < threshold - 0.5) {
        EXPECT_GT(accuracy_at(distances, threshold), accuracy_at(distances, other));
      }
    }
  }
}

TEST(Verification, AThresholdThatRejectsAllPairsRejectsThoseAtDistanceZero) {
  const PairDistances worse = {{0.0, 3.0}, {0.0, 0.0, 1.0, 2.0}};
  const double threshold = best_threshold(worse);
  EXPECT_LT(threshold, 0.0);
  EXPECT_DOUBLE_EQ(accuracy_at(worse, threshold), 4.0 / 6.0);
  // Accepting pairs at distance 0 pays as soon as more of them are similar.
  EXPECT_DOUBLE_EQ(best_threshold({{0.0, 0.0, 3.0}, {0.0, 1.0}}), 0.5);
}

TEST(Verification, ADistanceEqualToTheThresholdIsAccepted) {
  EXPECT_EQ(accuracy_at({{1.0}, {2.0}}, 1.0), 1.0);
  EXPECT_EQ(accuracy_at({{1.0}, {2.0}}, 2.0), 0.5);
}

TEST(Verification, EqualErrorRateIsWhereTheRatesMeet) {
  // Accepted up to 1: 3 of 4 similar, 1 of 4 dissimilar pairs.
  EXPECT_DOUBLE_EQ(equal_error_rate(roc_curve({{0, 0, 1, 3}, {1, 2, 4, 5}})), 0.25);
  // Between two points of the curve: from (0, 1/2) to (1/2, 1) the rates meet halfway.
  EXPECT_DOUBLE_EQ(equal_error_rate(roc_curve({{0, 1}, {1, 2}})), 0.25);
  EXPECT_DOUBLE_EQ(equal_error_rate(roc_curve({{0, 1}, {2, 3}})), 0.0);
  EXPECT_DOUBLE_EQ(equal_error_rate(roc_curve({{2, 3}, {0, 1}})), 1.0);
  EXPECT_DOUBLE_EQ(equal_error_rate(roc_curve({{1, 1}, {1, 1}})), 0.5);
}

TEST(Verification, TheCurveRunsFromNothingToEverything) {
  const std::vector<RocPoint> curve = roc_curve({{0, 1}, {1, 2}});
  ASSERT_EQ(curve.size(), 4u);
  EXPECT_EQ(curve.front().false_positive_rate, 0.0);
  EXPECT_EQ(curve.front().true_positive_rate, 0.0);
  EXPECT_EQ(curve[1].true_positive_rate, 0.5);
  EXPECT_EQ(curve[2].threshold, 1.0);
  EXPECT_EQ(curve[2].false_positive_rate, 0.5);
  EXPECT_EQ(curve.back().true_positive_rate, 1.0);
  EXPECT_EQ(true_positive_rate_at(curve, 0.0), 0.5);
  EXPECT_EQ(true_positive_rate_at(curve, 0.49), 0.5);
  EXPECT_EQ(true_positive_rate_at(curve, 0.5), 1.0);
}

TEST(Verification, TheThresholdComesFromTheTrainingPairs) {
  const PairDistances training{{0, 1}, {2, 3}};
  const PairDistances test{{1, 1.6}, {1.4, 9}};
  const Verification figures = verify(test, training);
  EXPECT_EQ(figures.threshold, 1.5);
  EXPECT_EQ(figures.accuracy, 0.5);
  EXPECT_EQ(figures.auc, 0.75);
  EXPECT_EQ(figures.similar, 2);
  EXPECT_EQ(figures.dissimilar, 2);
}

TEST(Verification, EqualDistancesTellNothing) {
  const Verification figures = verify({{3, 3}, {3, 3, 3}}, {{3}, {3}});
  EXPECT_EQ(figures.auc, 0.5);
  EXPECT_EQ(figures.eer, 0.5);
  EXPECT_EQ(figures.accuracy, 0.6);  // nothing is accepted
}

TEST(Verification, FiguresThatThePairsDoNotGiveAreAbsent) {
  const Verification similar = verify({{1, 3}, {}}, {{1}, {4}});
  EXPECT_EQ(similar.accuracy, 0.5);  // at 2.5
  EXPECT_EQ(similar.auc, std::nullopt);
  EXPECT_EQ(similar.eer, std::nullopt);
  EXPECT_EQ(similar.true_positive_rates[0], std::nullopt);
  EXPECT_TRUE(similar.roc.empty());
  const Verification without_threshold = verify({{1}, {2}}, {{1, 2}, {}});
  EXPECT_EQ(without_threshold.auc, 1.0);
  EXPECT_EQ(without_threshold.threshold, std::nullopt);
  EXPECT_EQ(without_threshold.accuracy, std::nullopt);
  EXPECT_EQ(verify({}, {{1}, {4}}).accuracy, std::nullopt);
  EXPECT_EQ(report::to_json(describe(verify({}, {}))),
            R"({"similar":0,"dissimilar":0,"auc":null,"eer":null,"accuracy":null,"threshold":null,)"
            R"("tpr_at_fpr":[{"fpr":0.001,"tpr":null},{"fpr":0.01,"tpr":null},{"fpr":0.1,"tpr":null}]})");
  EXPECT_EQ(report::to_text(describe(without_threshold)),
            "verification of 1 similar and 1 dissimilar test pairs: AUC 1.0000, EER 0.0000, accuracy n/a\n"
            "  (no threshold: it needs similar and dissimilar training pairs)\n");
}

TEST(Verification, DistancesAreThoseOfTheRows) {
  const Matrix x = reference::random_normal(5, 3, 1);
  const PairDistances distances = pair_distances(x, {{{0, 1}}, {{2, 4}, {3, 0}}});
  EXPECT_NEAR(distances.similar[0], (x.row(0) - x.row(1)).norm(), reference::few_operations);
  EXPECT_NEAR(distances.dissimilar[1], (x.row(3) - x.row(0)).norm(), reference::few_operations);
  EXPECT_EQ(reference::message_of([&] {
              (void)pair_distances(x, {{{0, 5}}, {{2, 4}}});
            }),
            "pair (0, 5): row 5 is out of range; valid rows are 0 to 4");
}

TEST(Verification, IsDescribedWithoutItsCurve) {
  const Verification result{.similar = 4,
                            .dissimilar = 6,
                            .auc = 0.5,
                            .eer = 0.25,
                            .threshold = 0.00001,
                            .accuracy = 0.75,
                            .true_positive_rates = {0.0, 0.5, 1.0},
                            .roc = {{1.0, 0.0, 0.0}}};
  EXPECT_EQ(report::to_json(describe(result)),
            R"({"similar":4,"dissimilar":6,"auc":0.5,"eer":0.25,"accuracy":0.75,"threshold":1e-05,)"
            R"("tpr_at_fpr":[{"fpr":0.001,"tpr":0.0},{"fpr":0.01,"tpr":0.5},{"fpr":0.1,"tpr":1.0}]})");
  EXPECT_EQ(report::to_text(describe(result)),
            "verification of 4 similar and 6 dissimilar test pairs: AUC 0.5000, EER 0.2500, accuracy 0.7500\n"
            "  (similar up to a learned distance of 1e-05, best on the training pairs)\n");
}

}  // namespace
}  // namespace holdfast::evaluate
