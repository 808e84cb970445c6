#include "holdfast/learners/arml.hpp"

#include <gtest/gtest.h>

#include "holdfast/learners/scml.hpp"
#include "reference/labelled_data.hpp"
#include "reference/tolerance.hpp"
#include "reference/triplet_objective.hpp"

namespace holdfast::learners {
namespace {

using reference::three_clouds;

TEST(Arml, RaisesTheMeanMarginOfItsTriplets) {
  const Fit fit = fit_arml(three_clouds().x, *three_clouds().labels);
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
  EXPECT_TRUE(fit.report.converged());
  // Without draws the objective is that of the metric on fixed triplets.
  const auto set = constraints::triplets_from_labels(three_clouds().x, *three_clouds().labels, {5, 5});
  const Fit fixed = fit_arml(three_clouds().x, set);
  const Matrix m = fixed.metric.matrix();
  double margins = 0.0;
  for (const constraints::Triplet& t : set.triplets) {
    const double gap =
        reference::squared_distance(m, three_clouds().x.row(t.anchor), three_clouds().x.row(t.impostor)) -
        reference::squared_distance(m, three_clouds().x.row(t.anchor), three_clouds().x.row(t.target));
    margins +=
        gap / (2.0 * (m * (three_clouds().x.row(t.target) - three_clouds().x.row(t.impostor)).transpose()).norm());
  }
  EXPECT_NEAR(fixed.report.objective, -margins / static_cast<double>(set.triplets.size()), reference::rounding);
}

TEST(Arml, ABoundedMarginIsAHinge) {
  const Fit fit = fit_arml(three_clouds().x, *three_clouds().labels, {.margin = 0.5});
  EXPECT_GE(fit.report.objective, 0.0);
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
}

TEST(Arml, StoppedWhileItSearchesAnewItKeepsWhatItHas) {
  bool began = false;
  const Fit fit =
      fit_arml(three_clouds().x, *three_clouds().labels, {.refresh = 2}, {.observer = [&](const Progress& progress) {
                 began = began || progress.stage == "arml";
                 return began && progress.stage == "neighbours" ? Action::stop : Action::proceed;
               }});
  EXPECT_EQ(fit.report.reason, optim::StopReason::stopped);
  EXPECT_EQ(fit.report.iterations, 2);
}

}  // namespace
}  // namespace holdfast::learners
