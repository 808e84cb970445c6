#include "holdfast/learners/train.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::learners {
namespace {

using reference::message_of;
using reference::three_clouds;
using testing::AllOf;
using testing::HasSubstr;

TEST(Train, AValueThatIsNotFiniteIsRefusedByRowAndColumn) {
  Dataset data = reference::clouds(30, 3, 2, 1);
  data.x(7, 2) = std::numeric_limits<double>::quiet_NaN();
  data.x(8, 0) = std::numeric_limits<double>::infinity();
  for (const std::string preprocess : {"auto", "none", "unit"}) {
    const auto fit = [&] { (void)train(data, {.preprocess = preprocess}); };
    EXPECT_EQ(message_of(fit),
              "clouds: row 7, column 2: nan is not a finite number; leave the row out or fill the value in (rows and "
              "columns are counted from 0)");
  }
  data.x(7, 2) = 0.0;
  data.columns = {"a", "b", "c"};
  EXPECT_THAT(message_of([&] { (void)train(data, {}); }), HasSubstr("row 8, column \"a\": inf is not a finite number"));
}

TEST(Train, AnObjectiveThatIsNotFiniteIsAFailureAndNoModel) {
  Dataset data = reference::clouds(30, 3, 2, 1);
  data.x *= 1e200;  // squared distances overflow
  std::string message = "no failure";
  try {
    (void)train(data, {.preprocess = "none"});
  } catch (const FitFailed& failure) {
    message = failure.what();
  }
  EXPECT_THAT(message, AllOf(HasSubstr("lmnn: the objective is not finite after 0 iterations"),
                             HasSubstr("standardize them or divide them")));
}

TEST(Train, TheReferenceRowsAreThoseThatThePreprocessingMakes) {
  const Dataset data = reference::clouds(40, 5, 2, 1);
  for (const std::string preprocess : {"none", "standardize", "standardize,pca:3,unit"}) {
    const model::Model model = train(data, {.method = "euclidean", .preprocess = preprocess}).model;
    EXPECT_EQ(model.reference, model.preprocessor.apply(data.x)) << preprocess;
  }
}

TEST(Train, WeightsOfRowsChangeTheMetricAndNotTheModel) {
  Dataset data = reference::clouds(60, 4, 3, 1);
  for (const std::string method : {"lmnn", "nca", "gmml"}) {
    data.labels->weights.clear();
    const model::Model plain = train(data, {.method = method}).model;
    data.labels->weights.assign(60, 1.0);
    const model::Model ones = train(data, {.method = method}).model;
    EXPECT_LT((ones.metric.matrix() - plain.metric.matrix()).norm(), reference::spectral * plain.metric.matrix().norm())
        << method;
    for (std::size_t row = 0; row < 30; ++row) data.labels->weights[row] = 5.0;
    const model::Model weighted = train(data, {.method = method}).model;
    EXPECT_GT((weighted.metric.matrix() - plain.metric.matrix()).norm(),
              reference::visible * plain.metric.matrix().norm())
        << method;
    EXPECT_EQ(weighted.labels, plain.labels);
  }
}

TEST(Train, WeightsThatAreNoneAreRefused) {
  Dataset data = reference::clouds(20, 3, 2, 1);
  const auto refused = [&](const std::string& method) {
    return message_of([&] { (void)train(data, {.method = method}); });
  };
  data.labels->weights.assign(20, 1.0);
  EXPECT_EQ(refused("scml"), "scml takes no weights of rows; leave them out, or use lmnn, gmml or nca");
  for (const std::vector<double>& wrong :
       {std::vector<double>(19, 1.0), std::vector<double>(20, 0.0), std::vector<double>(20, -1.0),
        std::vector<double>(20, std::numeric_limits<double>::infinity())}) {
    data.labels->weights = wrong;
    EXPECT_EQ(refused("nca"), "weights: must be one finite number of at least 0 per row, some of them above 0");
  }
}

TEST(Train, NcaLearnsNothingFromASingleClassAndSaysSo) {
  Dataset data = reference::clouds(20, 3, 2, 1);
  data.labels = encode_labels(std::vector<int>(20, 1));
  const Trained trained = train(data, {.method = "nca"});
  EXPECT_THAT(trained.report.warnings, testing::Contains(HasSubstr("there is nothing to learn")));
  EXPECT_TRUE(trained.model.metric.map().isDiagonal());
  EXPECT_THAT(message_of([&] { (void)train(data, {}); }), HasSubstr("all 20 rows have the label \"1\""));
}

TEST(Train, TakesAPriorOfRawRows) {
  Dataset data = three_clouds();
  data.x.col(1) *= 100.0;
  data.x.col(2).setConstant(3.0);
  const Matrix given = reference::random_spd(5, 3);
  TrainOptions options{.method = "itml", .preprocess = "standardize", .prior = given};
  options.options.set("near", 1e4);
  options.options.set("far", 1e-4);
  const Trained trained = train(data, options);
  // Bounds that hold leave the prior, but for the constant column, of which the rows say nothing.
  const Matrix components = trained.model.components();
  Matrix difference = components.transpose() * components - given;
  difference.row(2).setZero();
  difference.col(2).setZero();
  EXPECT_LT(difference.norm(), reference::spectral * given.norm());
  EXPECT_THAT(trained.model.facts.options, testing::Contains(testing::Pair("prior", "given matrix")));
  const auto refusal = [&] { return message_of([&] { (void)train(data, options); }); };
  options.prior = Matrix::Identity(4, 4);
  EXPECT_EQ(refusal(), "prior 4 x 4: must be a 5 x 5 matrix, as the data have 5 columns");
  options.preprocess = "unit";
  EXPECT_THAT(refusal(), HasSubstr("prior: rows of unit length are not a linear map of raw rows"));
  options.method = "lmnn";
  options.options = {};
  EXPECT_THAT(refusal(), HasSubstr("prior: lmnn has no option of this name"));
}

TEST(Train, TakesBasisVectorsOfRawRows) {
  Dataset data = three_clouds();
  data.x.col(1) *= 100.0;
  const Matrix basis{{1.0, 0.02, 0.0, 0.0, 0.0}};
  const Matrix components =
      train(data, {.method = "scml", .preprocess = "standardize", .basis = basis}).model.components();
  ASSERT_EQ(components.rows(), 1);
  EXPECT_LT((components / components(0, 0) - basis).norm(), reference::spectral);
  EXPECT_THAT(message_of([&] { (void)train(data, {.method = "scml", .basis = Matrix::Identity(2, 4)}); }),
              HasSubstr("directions: must have 5 columns, as the data have; it has 4"));
}

}  // namespace
}  // namespace holdfast::learners
