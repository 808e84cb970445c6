#include "holdfast/learners/nca.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

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

TEST(Nca, ASmallerRankGivesAsManyRows) {
  EXPECT_EQ(fit_nca(three_clouds().x, *three_clouds().labels, {.rank = 2}).metric.output_dimension(), 2);
  EXPECT_EQ(fit_nca(three_clouds().x, *three_clouds().labels, {.rank = 2, .batch = 20}).metric.output_dimension(), 2);
}

}  // namespace
}  // namespace holdfast::learners
