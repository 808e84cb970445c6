#include "holdfast/learners/nca.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>
#include <string>

#include "holdfast/learners/scml.hpp"
#include "holdfast/objectives/nca_objective.hpp"
#include "reference/labelled_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::learners {
namespace {

using reference::clouds;
using reference::three_clouds;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

TEST(Nca, TheObjectiveReportedIsThatOfItsMetric) {
  const Fit fit = fit_nca(three_clouds().x, *three_clouds().labels);
  std::vector<Index> everyone(120);
  std::iota(everyone.begin(), everyone.end(), Index{0});
  Matrix unused;
  const objectives::NcaObjective objective(three_clouds().x, three_clouds().labels->codes);
  EXPECT_NEAR(fit.report.objective, objective.value_and_gradient_at_map(fit.metric.map(), everyone, unused),
              reference::rounding);
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
}

TEST(Nca, MiniBatchesComeNearTheFullSolution) {
  const Dataset many = clouds(600, 5, 3, 2);
  std::vector<Index> everyone(600);
  std::iota(everyone.begin(), everyone.end(), Index{0});
  const objectives::NcaObjective objective(many.x, many.labels->codes);
  Matrix unused;
  const auto value = [&](const Fit& fit) {
    return objective.value_and_gradient_at_map(fit.metric.map(), everyone, unused);
  };
  const Fit full = fit_nca(many.x, *many.labels);
  const Fit parts = fit_nca(many.x, *many.labels, {.batch = 60});
  EXPECT_LT(value(parts), full.report.objective + 0.1 * (full.report.objective_at_start - full.report.objective));
  EXPECT_THAT(parts.report.log, Contains(HasSubstr("mini-batches of 60 rows against all")));
  const Fit robust =
      fit_nca(many.x, *many.labels, {.perturbation = Perturbation{Derivable::times(1.0), {}}, .batch = 200});
  EXPECT_LT(robust.report.objective, robust.report.objective_at_start);
}

/// A mean of numbers between 0 and 1 from 3,000 of the rows.
const double told_by_drawn = reference::sampling_error(0.5, 3000.0);

/// The value over all rows of a metric.
double value_over_all(const Dataset& data, const Matrix& map) {
  Matrix unused;
  return objectives::NcaObjective(data.x, data.labels->codes).value_and_gradient_at_map(map, unused);
}

TEST(Nca, ManyRowsAreComparedWithTheirNearestAtNoLoss) {
  const Dataset many = clouds(3100, 4, 4, 3);
  const Fit near = fit_nca(many.x, *many.labels, {.max_iterations = 25});
  const Fit full = fit_nca(many.x, *many.labels, {.batch = 3100, .max_iterations = 25});
  EXPECT_THAT(near.report.log, Contains(HasSubstr("each row was compared with its 20 nearest of 3100 rows")));
  const auto derived = std::map<std::string, double>(near.report.derived.begin(), near.report.derived.end());
  EXPECT_EQ(derived.at("near_rows"), 20.0);
  const double value = value_over_all(many, near.metric.map());
  EXPECT_NEAR(near.report.objective, value, told_by_drawn);
  EXPECT_LT(value, full.report.objective + 0.1 * (full.report.objective_at_start - full.report.objective));
}

TEST(Nca, FewRowsAreComparedWithAllOthers) {
  const Fit few = fit_nca(three_clouds().x, *three_clouds().labels);
  EXPECT_THAT(few.report.log, Not(Contains(HasSubstr("nearest"))));
  EXPECT_TRUE(few.report.derived.empty());
}

TEST(Nca, AFitOverNearRowsCanBeStoppedAndThenTellsItsValue) {
  const Dataset many = clouds(3200, 6, 4, 3);
  const FitContext context{.observer = [](const Progress& progress) {
    return progress.stage == "nca" && progress.step >= 3 ? Action::stop : Action::proceed;
  }};
  const Fit stopped = fit_nca(many.x, *many.labels, {}, context);
  EXPECT_EQ(stopped.report.reason, optim::StopReason::stopped);
  EXPECT_EQ(stopped.report.iterations, 3);
  const double value = value_over_all(many, stopped.metric.map());
  EXPECT_NEAR(stopped.report.objective, value, told_by_drawn);
  EXPECT_LT(stopped.report.objective, stopped.report.objective_at_start);
}

TEST(Nca, NearRowsCarryThePerturbationLoss) {
  const Dataset many = clouds(3200, 6, 4, 3);
  const Fit robust = fit_nca(many.x, *many.labels, {.perturbation = Perturbation{Derivable::times(1.0), {}}});
  EXPECT_LT(robust.report.objective, robust.report.objective_at_start);
  EXPECT_GT(robust.report.objective, value_over_all(many, robust.metric.map()));
}

TEST(Nca, ASmallerRankGivesAsManyRows) {
  EXPECT_EQ(fit_nca(three_clouds().x, *three_clouds().labels, {.rank = 2}).metric.output_dimension(), 2);
  EXPECT_EQ(fit_nca(three_clouds().x, *three_clouds().labels, {.rank = 2, .batch = 20}).metric.output_dimension(), 2);
}

}  // namespace
}  // namespace holdfast::learners
