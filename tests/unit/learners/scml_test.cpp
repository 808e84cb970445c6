#include "holdfast/learners/scml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reference/labelled_data.hpp"
#include "reference/tolerance.hpp"
#include "reference/triplet_objective.hpp"

namespace holdfast::learners {
namespace {

using reference::clouds;
using reference::three_clouds;
using testing::HasSubstr;

TEST(Scml, TheObjectiveReportedIsThatOfItsMetric) {
  const ScmlOptions options{.sparsity = 0.0, .perturbation = Perturbation{2.0, 0.5}};
  const Fit fit = fit_scml(three_clouds().x, *three_clouds().labels, options);
  const auto set = constraints::triplets_from_labels(three_clouds().x, *three_clouds().labels, {3, 10});
  // mu = 0 leaves push and perturbation.
  EXPECT_NEAR(fit.report.objective,
              reference::lmnn_pl_objective(fit.metric.matrix(), three_clouds().x, set, 0.0, 2.0, 0.5),
              reference::rounding);
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
  EXPECT_TRUE(fit.report.converged());
}

TEST(Scml, MorePenaltyGivesLessWeight) {
  const auto weight = [](double sparsity) {  // the basis vectors have length 1: sum w = tr M
    return fit_scml(three_clouds().x, *three_clouds().labels, {.sparsity = sparsity, .tolerance = 1e-8})
        .metric.matrix()
        .trace();
  };
  const double much = weight(1.0);
  EXPECT_LT(much, 0.9 * weight(0.1));
  EXPECT_LT(weight(0.1), weight(reference::visible));
  EXPECT_GT(much, 0.0);
}

TEST(Scml, WeightsThatDoNotPayAreZero) {
  const std::string line = fit_scml(three_clouds().x, *three_clouds().labels).report.log.front();
  EXPECT_THAT(line, HasSubstr(" of 100 basis vectors have a weight"));
  EXPECT_LT(std::stoi(line), 60);
  EXPECT_GT(std::stoi(line), 1);
}

TEST(Scml, AFewBasisVectorsGiveALowRank) {
  EXPECT_LE(fit_scml(three_clouds().x, *three_clouds().labels, {.basis = 2}).metric.output_dimension(), 2);
  EXPECT_LE(fit_scml(three_clouds().x, *three_clouds().labels, {.basis = 500}).metric.output_dimension(), 5);
}

TEST(Scml, MiniBatchesComeNearTheFullSolution) {
  const Dataset many = clouds(600, 5, 3, 2);
  const Fit full = fit_scml(many.x, *many.labels);
  const Fit parts = fit_scml(many.x, *many.labels, {.batch = 60});
  EXPECT_LT(parts.report.objective, 1.15 * full.report.objective);
  EXPECT_GT(parts.report.objective, (1.0 - reference::visible) * full.report.objective);
  EXPECT_LT(parts.report.objective, parts.report.objective_at_start);
}

TEST(Scml, DoesNotSeeHowOftenProgressIsReported) {
  for (const Index batch : {0, 30}) {
    const Fit quiet = fit_scml(three_clouds().x, *three_clouds().labels, {.batch = batch});
    const Fit watched = fit_scml(three_clouds().x, *three_clouds().labels, {.batch = batch},
                                 {.observer = [](const Progress&) { return Action::proceed; }});
    EXPECT_TRUE(quiet.metric == watched.metric);
  }
}

TEST(Scml, LearnsFromGivenTriplets) {
  const auto set = constraints::triplets_from_labels(three_clouds().x, *three_clouds().labels, {3, 10});
  const Fit fit = fit_scml(three_clouds().x, set);
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
}

}  // namespace
}  // namespace holdfast::learners
