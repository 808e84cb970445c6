#include "holdfast/model/predictor.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "holdfast/core/error.hpp"
#include "holdfast/learners/train.hpp"
#include "holdfast/neighbors/classifier.hpp"
#include "reference/labelled_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::model {
namespace {

TEST(Predictor, NearestRowsAreThoseOfTheMetric) {
  const Dataset train = reference::clouds(50, 3, 2, 1);
  const Dataset test = reference::clouds(20, 3, 2, 2);
  const Model model = learners::train(train, {.method = "gmml", .preprocess = "standardize"}).model;
  const Matrix prepared = model.prepare(test);
  const neighbors::Neighbors found = Predictor(model).nearest(prepared, 2);  // even: nothing is voted
  for (Index row = 0; row < test.rows(); ++row) {
    Vector distances(train.rows());
    for (Index other = 0; other < train.rows(); ++other) {
      distances[other] = model.metric.squared_distance(prepared.row(row), model.reference.row(other));
    }
    Index nearest = 0;
    EXPECT_NEAR(found.squared_distances(row, 0), distances.minCoeff(&nearest), reference::spectral);
    EXPECT_EQ(found.rows(row, 0), nearest);
  }
}

TEST(Predictor, VotesAmongAnOddNumberOfRows) {
  const Dataset train = reference::clouds(50, 3, 2, 1);
  const Model model = learners::train(train, {.method = "gmml"}).model;
  const Predictor predictor(model);
  const Matrix prepared = model.prepare(train);
  EXPECT_EQ(predictor.predict(prepared, 1), train.labels->codes);  // each row is its own neighbour
  const std::vector<int> of_five = predictor.predict(prepared, 5);
  EXPECT_EQ(of_five, neighbors::vote(predictor.nearest(prepared, 5), model.labels.codes, 2));
  EXPECT_NE(of_five, train.labels->codes);
  std::vector<Index> themselves(50);
  std::iota(themselves.begin(), themselves.end(), Index{0});
  const neighbors::Neighbors others = predictor.nearest(prepared, 1, {.left_out = themselves});
  for (Index row = 0; row < 50; ++row) EXPECT_NE(others.rows(row, 0), row);
  EXPECT_EQ(predictor.predict(prepared, 1, {.left_out = themselves}), neighbors::vote(others, model.labels.codes, 2));
  EXPECT_THROW((void)predictor.predict(prepared, 50, {.left_out = themselves}), InputError);
  EXPECT_THROW((void)predictor.predict(prepared, 2), InputError);
  EXPECT_THROW((void)predictor.predict(prepared, 51), InputError);
}

TEST(Predictor, CopiesShareTheIndexAndTemporariesAreRefused) {
  const Model model = learners::train(reference::clouds(50, 3, 2, 1), {.method = "euclidean"}).model;
  const Predictor predictor(model);
  const Predictor copy = predictor;  // NOLINT: the copy is what is tested
  EXPECT_EQ(copy.index(), predictor.index());
  EXPECT_EQ(predictor.index()->rows(), model.mapped_reference());
  static_assert(!std::is_constructible_v<Predictor, Model>);
}

}  // namespace
}  // namespace holdfast::model
