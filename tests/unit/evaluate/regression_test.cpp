#include "holdfast/evaluate/regression.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/evaluate/tune.hpp"
#include "holdfast/learners/train.hpp"
#include "holdfast/model/predictor.hpp"
#include "holdfast/report/text.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::evaluate {
namespace {

using reference::message_of;
using testing::ElementsAre;
using testing::HasSubstr;

Dataset plane(Index rows, std::uint64_t seed) {
  Dataset data;
  data.x = reference::random_normal(rows, 3, seed);
  data.source = "plane";
  std::vector<std::string> texts;
  for (Index row = 0; row < rows; ++row) texts.push_back(std::to_string(data.x(row, 0) + 2.0 * data.x(row, 1)));
  data.labels = encode_labels(texts);
  return data;
}

class RegressionTest : public testing::Test {
 protected:
  Dataset training = plane(150, 1);
  Dataset test = plane(60, 2);
  model::Model model = learners::train(training, {.method = "mlkr"}).model;
};

TEST(RegressionErrors, AreThoseOfTheDefinition) {
  const RegressionErrors errors = regression_errors(Vector{{1.0, 2.0, 4.0}}, Vector{{1.0, 3.0, 5.0}});
  EXPECT_NEAR(errors.rmse, std::sqrt(2.0 / 3.0), reference::few_operations);
  EXPECT_NEAR(*errors.r2, 1.0 - 2.0 / 8.0, reference::few_operations);
  EXPECT_FALSE(regression_errors(Vector{{1.0}}, Vector{{3.0}}).r2.has_value());
}

TEST_F(RegressionTest, PredictsTheMeanOfTheNearestLabels) {
  const Matrix prepared = model.prepare(test);
  const model::Predictor predictor(model);
  const neighbors::Neighbors found = predictor.nearest(prepared, 2);
  const Vector targets = model.targets();
  const Vector predicted = predictor.predict_numbers(prepared, 2);
  for (Index row = 0; row < test.rows(); ++row) {
    EXPECT_EQ(predicted[row], (targets[found.rows(row, 0)] + targets[found.rows(row, 1)]) / 2.0);
  }
}

TEST_F(RegressionTest, NoiseMakesTheErrorLarger) {
  const EvaluationOptions options{.k = 3, .noise = parse_noise("gaussian:0"), .repeats = 3};
  const RegressionEvaluation evaluation = evaluate_regression(model, test, options);
  EXPECT_GT(*evaluation.errors.r2, 0.8);
  EXPECT_GT(*evaluation.noise.at(0).rmse.mean, evaluation.errors.rmse);
  EXPECT_THAT(report::to_text(describe(evaluation)), HasSubstr("RMSE"));
}

TEST_F(RegressionTest, TheTrainingRowsAreJudgedLeaveOneOut) {
  const RegressionEvaluation own = evaluate_regression(model, training, {.k = 1});
  EXPECT_GT(own.errors.rmse, 0.0);
  EXPECT_EQ(own.notes.size(), 1U);
}

TEST_F(RegressionTest, ClassesAndNumbersAreNotMixedUp) {
  EXPECT_THAT(message_of([&] { (void)evaluate(model, test); }),
              HasSubstr("predicts quantities and cannot be judged by"));
  EXPECT_THAT(message_of([&] { (void)model::Predictor(model).predict(model.prepare(test), 3); }),
              HasSubstr("predicts quantities and cannot predict classes"));
  const Dataset classes = reference::clouds(40, 3, 2, 1);
  const model::Model classifier = learners::train(classes, {.method = "euclidean"}).model;
  EXPECT_THAT(message_of([&] { (void)evaluate_regression(classifier, test); }),
              HasSubstr("the model predicts classes, not quantities"));
  EXPECT_THAT(message_of([&] { (void)evaluate_regression(model, classes); }),
              HasSubstr("\"c0\" is not a finite number"));
  EXPECT_THAT(message_of([&] { (void)tune(training, {.method = "mlkr"}, {}); }),
              HasSubstr("tune judges by the accuracy of classes, and mlkr learns quantities"));
}

}  // namespace
}  // namespace holdfast::evaluate
