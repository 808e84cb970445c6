#include "holdfast/neighbors/classifier.hpp"

#include <gmock/gmock.h>

#include "holdfast/core/error.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::neighbors {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Neighbors neighbors_of(const Eigen::Matrix<std::int32_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>& rows) {
  return {rows, Matrix::Zero(rows.rows(), rows.cols())};
}

TEST(Vote, TheMajorityWins) {
  const std::vector<int> codes = {0, 1, 1, 2};
  Eigen::Matrix<std::int32_t, 2, 3, Eigen::RowMajor> rows;
  rows << 0, 1, 2,  // 0 1 1
      3, 0, 3;      // 2 0 2
  EXPECT_THAT(vote(neighbors_of(rows), codes, 3), ElementsAre(1, 2));
}

TEST(Vote, ATieGoesToTheClassWithTheNearestMember) {
  const std::vector<int> codes = {0, 1, 2};
  Eigen::Matrix<std::int32_t, 2, 3, Eigen::RowMajor> rows;
  rows << 2, 0, 1, 1, 2, 0;
  EXPECT_THAT(vote(neighbors_of(rows), codes, 3), ElementsAre(2, 1));
}

TEST(Vote, TheMajorityOfFewVotersIsThatOfTheVote) {
  EXPECT_EQ(majority(std::vector{4}), 4);
  EXPECT_EQ(majority(std::vector{2, 0, 0}), 0);
  EXPECT_EQ(majority(std::vector{2, 0, 0, 2}), 2);  // a tie
  EXPECT_EQ(majority(std::vector{9, 7, 5, 5, 7}), 7);
}

TEST(ValidK, IsOddAndAtMostTheNumberOfRows) {
  EXPECT_NO_THROW(require_valid_k(1, 1));
  EXPECT_NO_THROW(require_valid_k(5, 5));
  EXPECT_THROW(require_valid_k(0, 5), InputError);
  EXPECT_THROW(require_valid_k(7, 5), InputError);
  EXPECT_THROW(require_valid_k(2, 5), InputError);
}

/// Three classes on a line in the first column; the second column is noise that a metric can leave out.
struct Line {
  Matrix x{{0.0, 9.0}, {0.1, -7.0}, {5.0, 8.0}, {5.1, -9.0}, {10.0, 0.0}, {10.1, 3.0}};
  std::vector<int> y = {7, 7, 30, 30, -1, -1};
  metric::Metric metric = metric::Metric::from_map(Matrix{{1.0, 0.0}});
};

TEST(KnnClassifier, TakesAMetricRowsAndWholeNumbersAsLabels) {
  const Line line;
  const KnnClassifier classifier(line.metric, line.x, encode_labels(line.y));
  const Matrix queries{{0.2, 100.0}, {4.0, -100.0}, {11.0, 0.0}};
  const std::vector<int> codes = classifier.predict(queries);
  EXPECT_EQ(classifier.labels().name(codes[0]), "7");
  EXPECT_EQ(classifier.labels().name(codes[1]), "30");
  EXPECT_EQ(classifier.labels().name(codes[2]), "-1");
  EXPECT_EQ(classifier.predict(queries, 3), codes);
}

TEST(KnnClassifier, FindsTheNearestByTheMetric) {
  const Line line;
  const KnnClassifier classifier(line.metric, line.x, encode_labels(line.y));
  const Neighbors found = classifier.nearest(Matrix{{5.04, 0.0}}, 2);
  EXPECT_EQ(found.rows(0, 0), 2);
  EXPECT_EQ(found.rows(0, 1), 3);
  EXPECT_NEAR(found.squared_distances(0, 0), 0.0016, reference::rounding);
}

TEST(KnnClassifier, RefusesWhatDoesNotFit) {
  const Line line;
  const Labels few = encode_labels(std::vector<int>{1, 2});
  EXPECT_THAT(reference::message_of([&] { KnnClassifier(line.metric, line.x, few); }),
              HasSubstr("2 labels for 6 rows: each reference row needs one"));
  const KnnClassifier classifier(line.metric, line.x, encode_labels(line.y));
  EXPECT_THROW((void)classifier.predict(line.x, 2), InputError);
  EXPECT_THROW((void)classifier.predict(line.x, 7), InputError);
}

}  // namespace
}  // namespace holdfast::neighbors
