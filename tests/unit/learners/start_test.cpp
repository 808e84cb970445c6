#include "holdfast/learners/start.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/LU>

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

TEST(Start, StartsDifferAndTheAutomaticOneIsIdentityDiscriminantsOrPca) {
  EXPECT_EQ(start_of(Start::automatic), start_of(Start::identity));
  EXPECT_EQ(start_of(Start::automatic, 2), start_of(Start::lda, 2));  // of three classes
  EXPECT_EQ(start_of(Start::automatic, 3), start_of(Start::pca, 3));
  EXPECT_GT((start_of(Start::pca, 2) - start_of(Start::lda, 2)).norm(), reference::visible);
  EXPECT_GT((start_of(Start::random, 2, {1}) - start_of(Start::random, 2, {2})).norm(), reference::visible);
  EXPECT_EQ(start_of(Start::random, 2, {1}), start_of(Start::random, 2, {1}));
}

TEST(Start, WithoutLabelsTheAutomaticOneIsPca) {
  const constraints::TripletSet set = constraints::triplets_from_labels(three_clouds().x, *three_clouds().labels, {});
  const auto metric = [&](Start start) { return fit_lmnn(three_clouds().x, set, {.rank = 2, .start = start}).metric; };
  EXPECT_EQ(metric(Start::automatic).map(), metric(Start::pca).map());
  EXPECT_THAT(message_of([&] { (void)metric(Start::lda); }), HasSubstr("needs labels: the discriminants separate"));
}

TEST(Start, FewRowsHaveNoPrincipalDirectionForEveryRowOfTheMap) {
  Dataset few = three_clouds();
  const std::vector<Index> rows{0, 1, 20, 21};
  few.x = select_rows(few.x, rows);
  few.labels->codes = {0, 0, 1, 1};
  NcaOptions options{.rank = 4, .start = Start::automatic, .max_iterations = 1};
  const Matrix automatic = fit_nca(few.x, *few.labels, options).metric.map();
  options.start = Start::identity;
  EXPECT_EQ(automatic, fit_nca(few.x, *few.labels, options).metric.map());
}

TEST(Start, MoreRowsThanDiscriminantsBeginAsPrincipalDirectionsOfTheRest) {
  NcaOptions options{.rank = 4, .start = Start::lda, .max_iterations = 1, .tolerance = 0.9};
  const Fit fit = fit_nca(three_clouds().x, *three_clouds().labels, options);
  EXPECT_THAT(fit.report.warnings,
              testing::Contains("init lda: the data have 2 discriminants, and L has 4 rows; the others begin as "
                                "principal directions"));
  EXPECT_EQ(fit.metric.map().rows(), 4);
  EXPECT_EQ(Eigen::FullPivLU<Matrix>(fit.metric.map()).rank(), 4);
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
  EXPECT_THAT(message_of([&] { (void)train(data, options); }), HasSubstr("init: gmml has no option of this name"));
  options.method = "nca";
  options.preprocess = "unit";
  EXPECT_THAT(message_of([&] { (void)train(data, options); }), HasSubstr("not a linear map of raw rows"));
}

}  // namespace
}  // namespace holdfast::learners
