#include "holdfast/learners/mlkr.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/learners/train.hpp"
#include "holdfast/objectives/mlkr_objective.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::learners {
namespace {

using reference::message_of;
using testing::Contains;
using testing::HasSubstr;

/// Rows whose label is a curve over the first of their columns; the other columns are noise.
Dataset curve(Index rows) {
  Dataset data;
  data.x = reference::random_normal(rows, 5, 3);
  data.source = "curve";
  std::vector<std::string> texts;
  for (Index row = 0; row < rows; ++row) texts.push_back(std::to_string(10.0 * std::sin(2.0 * data.x(row, 0))));
  data.labels = encode_labels(texts);
  return data;
}

TEST(Mlkr, FindsTheColumnThatTheLabelDependsOn) {
  const Dataset data = curve(200);
  const Fit fit = fit_mlkr(data.x, *data.labels, {.tolerance = 1e-4});
  const Matrix m = fit.metric.matrix();
  EXPECT_GT(m(0, 0), 0.95 * m.trace());
  EXPECT_LT(fit.report.objective, 0.2 * fit.report.objective_at_start);
}

TEST(Mlkr, TheObjectiveReportedIsThatOfItsMetric) {
  const Dataset data = curve(120);
  const Fit fit = fit_mlkr(data.x, *data.labels, {.tolerance = 1e-4});
  const objectives::MlkrObjective objective(data.x, numeric_labels(*data.labels, "mlkr"));
  Matrix unused;
  EXPECT_NEAR(fit.report.objective, objective.value_and_gradient_at_map(fit.metric.map(), unused),
              reference::long_sums);
}

TEST(Mlkr, MiniBatchesComeNearTheFullSolution) {
  const Dataset data = curve(400);
  const objectives::MlkrObjective objective(data.x, numeric_labels(*data.labels, "mlkr"));
  const Fit full = fit_mlkr(data.x, *data.labels, {.tolerance = 1e-4});
  const Fit parts = fit_mlkr(data.x, *data.labels, {.batch = 80});
  Matrix unused;
  const double value = objective.value_and_gradient_at_map(parts.metric.map(), unused);
  EXPECT_LT(value, full.report.objective + 0.1 * (full.report.objective_at_start - full.report.objective));
  EXPECT_THAT(parts.report.log, Contains(HasSubstr("mini-batches of 80 rows against all")));
}

TEST(Mlkr, ASmallerRankGivesAsManyRows) {
  const Dataset data = curve(100);
  EXPECT_EQ(fit_mlkr(data.x, *data.labels, {.rank = 2}).metric.output_dimension(), 2);
}

TEST(Mlkr, LabelsThatAreNoNumbersOrAllEqualAreRefused) {
  const Dataset classes = reference::clouds(20, 3, 2, 1);
  EXPECT_EQ(message_of([&] { (void)fit_mlkr(classes.x, *classes.labels); }),
            "the label \"c0\" is not a finite number, and mlkr learns from numbers; check that the label column is the "
            "right one (`label=NAME`)");
  EXPECT_THAT(message_of([&] { (void)fit_mlkr(classes.x, encode_labels(std::vector<int>(20, 4))); }),
              HasSubstr("all 20 rows have the label 4: there is nothing to predict"));
  EXPECT_THAT(message_of([&] {
                (void)fit_mlkr(classes.x, encode_labels(std::vector<int>{1, 2, 3}));
              }),
              HasSubstr("there are 3 labels for 20 rows"));
  EXPECT_THAT(message_of([&] {
                (void)fit_mlkr(classes.x, constraints::PairSet{{{0, 1}}, {{0, 2}}});
              }),
              HasSubstr("mlkr learns from labels, not from pairs"));
}

TEST(Mlkr, ItsModelPredictsNumbersAndIsNoClassifier) {
  const model::Model model = train(curve(100), {.method = "mlkr"}).model;
  EXPECT_EQ(model.task, model::Task::regression);
  EXPECT_THAT(message_of([&] { model.require_classifier("be certified"); }),
              HasSubstr("the model predicts quantities and cannot be certified"));
}

}  // namespace
}  // namespace holdfast::learners
