#include "holdfast/learners/nca.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <numeric>

#include "holdfast/learners/arml.hpp"
#include "holdfast/learners/discriminants.hpp"
#include "holdfast/learners/scml.hpp"
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

TEST(Nca, TheObjectiveReportedIsThatOfItsMetric) {
  const Fit fit = fit_nca(data().x, *data().labels);
  std::vector<Index> everyone(120);
  std::iota(everyone.begin(), everyone.end(), Index{0});
  Matrix unused;
  const objectives::NcaObjective objective(data().x, data().labels->codes);
  EXPECT_NEAR(fit.report.objective, objective.value_and_gradient_at_map(fit.metric.map(), everyone, unused), 1e-12);
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
  const Fit robust = fit_nca(many.x, *many.labels, {.perturbation = Perturbation{}, .batch = 200});
  EXPECT_LT(robust.report.objective, robust.report.objective_at_start);
}

TEST(Nca, ASmallerRankGivesAsManyRows) {
  EXPECT_EQ(fit_nca(data().x, *data().labels, {.rank = 2}).metric.output_dimension(), 2);
  EXPECT_EQ(fit_nca(data().x, *data().labels, {.rank = 2, .batch = 20}).metric.output_dimension(), 2);
}

}  // namespace
}  // namespace holdfast::learners
