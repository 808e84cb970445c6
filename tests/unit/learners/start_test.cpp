#include "holdfast/learners/start.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/learners/lmnn.hpp"
#include "holdfast/learners/nca.hpp"
#include "holdfast/learners/train.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::learners {
namespace {

using reference::message_of;
using reference::three_clouds;
using testing::HasSubstr;

/// L after a fit that is stopped at its first step: the start, or next to it.
Matrix start_of(Start start, Index rank = 0, const FitContext& context = {}) {
  NcaOptions options;
  options.rank = rank;
  options.start = start;
  options.max_iterations = 1;
  options.tolerance = 0.9;
  return fit_nca(three_clouds().x, *three_clouds().labels, options, context).metric.map();
}

TEST(Start, EveryStartGivesTheRowsThatAreAskedFor) {
  for (const Start start : {Start::automatic, Start::identity, Start::pca, Start::lda, Start::random}) {
    EXPECT_EQ(start_of(start, 2).rows(), 2);
    EXPECT_TRUE(start_of(start, 2).allFinite());
  }
}

TEST(Start, StartsDifferAndTheAutomaticOneIsIdentityOrPca) {
  EXPECT_EQ(start_of(Start::automatic), start_of(Start::identity));
  EXPECT_EQ(start_of(Start::automatic, 2), start_of(Start::pca, 2));
  EXPECT_GT((start_of(Start::pca, 2) - start_of(Start::lda, 2)).norm(), reference::visible);
  EXPECT_GT((start_of(Start::random, 2, {1}) - start_of(Start::random, 2, {2})).norm(), reference::visible);
  EXPECT_EQ(start_of(Start::random, 2, {1}), start_of(Start::random, 2, {1}));
}

TEST(Start, DiscriminantsNeedLabelsAndAreFewerThanClasses) {
  EXPECT_THAT(message_of([] { (void)start_of(Start::lda, 3); }),
              HasSubstr("the data have 2 discriminants, and L has 3 rows"));
  const constraints::TripletSet set = constraints::triplets_from_labels(three_clouds().x, *three_clouds().labels, {});
  EXPECT_THAT(message_of([&] { (void)fit_lmnn(three_clouds().x, set, {.rank = 2, .start = Start::lda}); }),
              HasSubstr("needs labels: the discriminants separate classes"));
}

TEST(Start, AGivenMapIsTakenAsItIs) {
  const Matrix given = reference::random_normal(2, 5, 4);
  const Matrix after = start_of(Start::automatic, 0, {.start = &given});
  EXPECT_EQ(after.rows(), 2);
  EXPECT_LT((after - given).norm(), 0.5 * given.norm());
  const Matrix wrong = reference::random_normal(2, 4, 4);
  EXPECT_THAT(message_of([&] { (void)start_of(Start::automatic, 2, {.start = &wrong}); }),
              HasSubstr("must be 2 x 5 finite numbers; it is 2 x 4"));
}

TEST(Start, TrainTakesAMapOfRawRows) {
  Dataset data = three_clouds();
  data.x.col(1) *= 100.0;
  const Matrix given = RowVector{{1.0, 0.01, 1.0, 1.0, 1.0}}.asDiagonal();
  TrainOptions options{.method = "nca", .preprocess = "standardize", .start = given};
  options.options.set("max-iterations", Index{1});
  options.options.set("tolerance", 0.9);
  const Matrix components = train(data, options).model.components();
  EXPECT_LT((components - given).norm(), 0.5 * given.norm());
  EXPECT_LT(components.col(1).norm(), 0.1 * given.norm());
  options.method = "gmml";
  options.options = {};
  EXPECT_THAT(message_of([&] { (void)train(data, options); }), HasSubstr("gmml does not start from a given map"));
  options.method = "nca";
  options.preprocess = "unit";
  EXPECT_THAT(message_of([&] { (void)train(data, options); }), HasSubstr("not a linear map of raw rows"));
}

}  // namespace
}  // namespace holdfast::learners
