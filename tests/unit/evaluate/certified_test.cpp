#include "holdfast/evaluate/certified.hpp"

#include <gtest/gtest.h>

#include "holdfast/certify/model_classifier.hpp"
#include "holdfast/evaluate/evaluation.hpp"
#include "holdfast/learners/train.hpp"
#include "reference/labelled_data.hpp"

namespace holdfast::evaluate {
namespace {

class Certified : public testing::Test {
 protected:
  Dataset train = reference::clouds(60, 3, 2, 1);
  Dataset test = reference::clouds(40, 3, 2, 2);
  model::Model model = learners::train(train, {.method = "gmml", .preprocess = "standardize"}).model;
};

TEST_F(Certified, EvaluationIsWhatItsPartsGive) {
  for (const certify::Space space : {certify::Space::raw, certify::Space::preprocessed}) {
    const auto result = certified_evaluation(model, test, {.k = 3, .norm = certify::Norm::linf, .space = space});
    const Matrix prepared = model.prepare(test);
    EXPECT_EQ(result.codes, model.codes_of(test));
    EXPECT_EQ(result.predicted, Predictor(model).predict(prepared, 3));
    const auto expected =
        certify::knn_lower_bounds(certify::perturbed_classifier(model, space), model.metric.transform(prepared),
                                  result.codes, result.predicted, {.k = 3, .norm = certify::Norm::linf});
    ASSERT_EQ(result.certificates.size(), expected.size());
    for (std::size_t row = 0; row < expected.size(); ++row) {
      EXPECT_EQ(result.certificates[row].radius, expected[row].radius);
      EXPECT_EQ(result.certificates[row].space, space);
      EXPECT_TRUE(result.predicted[row] == result.codes[row] || result.certificates[row].radius == 0.0);
    }
  }
}

TEST_F(Certified, PredictionNeedsNoLabelsAndCertifiesItself) {
  Dataset unlabelled = test;
  unlabelled.labels.reset();
  const auto result = certified_prediction(model, unlabelled);
  EXPECT_EQ(result.codes, result.predicted);
  for (const certify::Certificate& certificate : result.certificates) EXPECT_GT(certificate.radius, 0.0);
}

TEST_F(Certified, ALimitLeavesTheRestPredicted) {
  const auto all = certified_evaluation(model, test);
  const auto few = certified_evaluation(model, test, {.limit = 7});
  EXPECT_EQ(few.predicted, all.predicted);
  ASSERT_EQ(few.certificates.size(), 7u);
  for (std::size_t row = 0; row < 7; ++row)
    EXPECT_NEAR(few.certificates[row].radius, all.certificates[row].radius, 1e-12);
  EXPECT_EQ(certified_evaluation(model, test, {.limit = 1000}).certificates.size(), 40u);
}

}  // namespace
}  // namespace holdfast::evaluate
