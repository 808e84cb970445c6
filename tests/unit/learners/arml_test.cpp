#include "holdfast/learners/arml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <numeric>

#include "holdfast/learners/discriminants.hpp"
#include "holdfast/learners/nca.hpp"
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

TEST(Arml, RaisesTheMeanMarginOfItsTriplets) {
  const Fit fit = fit_arml(data().x, *data().labels);
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
  EXPECT_TRUE(fit.report.converged());
  // Without draws the objective is that of the metric on fixed triplets.
  const auto set = constraints::triplets_from_labels(data().x, *data().labels, {5, 5});
  const Fit fixed = fit_arml(data().x, set);
  const Matrix m = fixed.metric.matrix();
  double margins = 0.0;
  for (const constraints::Triplet& t : set.triplets) {
    const double gap = reference::squared_distance(m, data().x.row(t.anchor), data().x.row(t.impostor)) -
                       reference::squared_distance(m, data().x.row(t.anchor), data().x.row(t.target));
    margins += gap / (2.0 * (m * (data().x.row(t.target) - data().x.row(t.impostor)).transpose()).norm());
  }
  EXPECT_NEAR(fixed.report.objective, -margins / static_cast<double>(set.triplets.size()), 1e-10);
}

TEST(Arml, ABoundedMarginIsAHinge) {
  const Fit fit = fit_arml(data().x, *data().labels, {.margin = 0.5});
  EXPECT_GE(fit.report.objective, 0.0);
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
}

TEST(Arml, StoppedWhileItSearchesAnewItKeepsWhatItHas) {
  bool began = false;
  const Fit fit = fit_arml(data().x, *data().labels, {.refresh = 2}, {.observer = [&](const Progress& progress) {
                             began = began || progress.stage == "arml";
                             return began && progress.stage == "neighbours" ? Action::stop : Action::proceed;
                           }});
  EXPECT_EQ(fit.report.reason, optim::StopReason::stopped);
  EXPECT_EQ(fit.report.iterations, 2);
}

}  // namespace
}  // namespace holdfast::learners
