#include "holdfast/learners/scml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <numeric>

#include "holdfast/learners/arml.hpp"
#include "holdfast/learners/discriminants.hpp"
#include "holdfast/learners/nca.hpp"
#include "holdfast/objectives/nca_objective.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/triplet_objective.hpp"

namespace holdfast::learners {
namespace {

using reference::clouds;
using reference::message_of;
using testing::Contains;
using testing::HasSubstr;

const Dataset& data() {
  static const Dataset made = clouds(120, 5, 3, 1);
  return made;
}

TEST(Scml, TheObjectiveReportedIsThatOfItsMetric) {
  const ScmlOptions options{.sparsity = 0.0, .perturbation = Perturbation{2.0, 0.5}};
  const Fit fit = fit_scml(data().x, *data().labels, options);
  const auto set = constraints::triplets_from_labels(data().x, *data().labels, {3, 10});
  // mu = 0 leaves push and perturbation.
  EXPECT_NEAR(fit.report.objective, reference::lmnn_pl_objective(fit.metric.matrix(), data().x, set, 0.0, 2.0, 0.5),
              1e-9);
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
  EXPECT_TRUE(fit.report.converged());
}

TEST(Scml, MorePenaltyGivesLessWeight) {
  const auto weight = [](double sparsity) {  // the basis vectors have length 1: sum w = tr M
    return fit_scml(data().x, *data().labels, {.sparsity = sparsity, .tolerance = 1e-8}).metric.matrix().trace();
  };
  const double much = weight(1.0);
  EXPECT_LT(much, 0.9 * weight(0.1));
  EXPECT_LT(weight(0.1), weight(1e-3));
  EXPECT_GT(much, 0.0);
}

TEST(Scml, WeightsThatDoNotPayAreZero) {
  const std::string line = fit_scml(data().x, *data().labels).report.log.front();
  EXPECT_THAT(line, HasSubstr(" of 100 basis vectors have a weight"));
  EXPECT_LT(std::stoi(line), 60);
  EXPECT_GT(std::stoi(line), 1);
}

TEST(Scml, AFewBasisVectorsGiveALowRank) {
  EXPECT_LE(fit_scml(data().x, *data().labels, {.basis = 2}).metric.output_dimension(), 2);
  EXPECT_LE(fit_scml(data().x, *data().labels, {.basis = 500}).metric.output_dimension(), 5);
}

TEST(Scml, MiniBatchesComeNearTheFullSolution) {
  const Dataset many = clouds(600, 5, 3, 2);
  const Fit full = fit_scml(many.x, *many.labels);
  const Fit parts = fit_scml(many.x, *many.labels, {.batch = 60});
  EXPECT_LT(parts.report.objective, 1.15 * full.report.objective);
  EXPECT_GT(parts.report.objective, (1.0 - 1e-3) * full.report.objective);
  EXPECT_LT(parts.report.objective, parts.report.objective_at_start);
}

TEST(Scml, DoesNotSeeHowOftenProgressIsReported) {
  for (const Index batch : {0, 30}) {
    const Fit quiet = fit_scml(data().x, *data().labels, {.batch = batch});
    const Fit watched = fit_scml(data().x, *data().labels, {.batch = batch},
                                 {.observer = [](const Progress&) { return Action::proceed; }});
    EXPECT_TRUE(quiet.metric == watched.metric);
  }
}

TEST(Scml, LearnsFromGivenTriplets) {
  const auto set = constraints::triplets_from_labels(data().x, *data().labels, {3, 10});
  const Fit fit = fit_scml(data().x, set);
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
}

}  // namespace
}  // namespace holdfast::learners
