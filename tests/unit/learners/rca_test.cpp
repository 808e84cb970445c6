#include "holdfast/learners/rca.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/preprocess/preprocessor.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/metric_figures.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::learners {
namespace {

using constraints::ChunkSet;
using reference::clouds;
using reference::message_of;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Four rows of a class to a chunk, in the order of the rows; every seventh row is in none.
ChunkSet chunks_of(const Labels& labels) {
  std::vector<Index> seen(static_cast<std::size_t>(labels.classes()), 0);
  ChunkSet chunks;
  for (Index row = 0; row < labels.size(); ++row) {
    const Index place = seen[static_cast<std::size_t>(labels.code(row))]++ / 4;
    chunks.chunk_of_row.push_back(row % 7 == 0 ? ChunkSet::none : 3 * place + labels.code(row));
  }
  return chunks;
}

/// The covariance within the chunks, row by row from the formula.
Matrix inner_covariance(const Matrix& x, const ChunkSet& chunks) {
  const auto in_chunk = [&](Index row) { return chunks.chunk_of_row[static_cast<std::size_t>(row)]; };
  Matrix sum = Matrix::Zero(x.cols(), x.cols());
  Index rows = 0;
  for (Index i = 0; i < x.rows(); ++i) {
    if (in_chunk(i) == ChunkSet::none) continue;
    RowVector mean = RowVector::Zero(x.cols());
    double count = 0.0;
    for (Index j = 0; j < x.rows(); ++j) {
      if (in_chunk(j) != in_chunk(i)) continue;
      mean += x.row(j);
      count += 1.0;
    }
    const RowVector difference = x.row(i) - mean / count;
    sum += difference.transpose() * difference;
    ++rows;
  }
  return sum / static_cast<double>(rows);
}

/// The covariance of the rows in chunks.
Matrix total_covariance(const Matrix& x, const ChunkSet& chunks) {
  std::vector<Index> rows;
  for (Index i = 0; i < x.rows(); ++i) {
    if (chunks.chunk_of_row[static_cast<std::size_t>(i)] != ChunkSet::none) rows.push_back(i);
  }
  const Matrix own = select_rows(x, rows);
  const Matrix centred = own.rowwise() - own.colwise().mean();
  return centred.transpose() * centred / static_cast<double>(own.rows() - 1);
}

TEST(Rca, IsTheInverseOfTheCovarianceWithinChunks) {
  const Dataset data = clouds(90, 5, 3, 1);
  const ChunkSet chunks = chunks_of(*data.labels);
  const Fit fit = fit_rca(data.x, chunks);
  EXPECT_LT((fit.metric.matrix() * inner_covariance(data.x, chunks) - Matrix::Identity(5, 5)).norm(),
            reference::rounding);
  EXPECT_THAT(fit.report.warnings, IsEmpty());
  EXPECT_THAT(fit.report.log, ElementsAre(HasSubstr(" chunks hold 77 rows")));
}

TEST(Rca, ASmallerRankKeepsTheDirectionsThatVaryLeastWithinChunks) {
  const Dataset data = clouds(90, 5, 3, 1);
  const ChunkSet chunks = chunks_of(*data.labels);
  const Matrix inner = inner_covariance(data.x, chunks);
  const Matrix total = total_covariance(data.x, chunks);
  const Fit fit = fit_rca(data.x, chunks, {.rank = 2});
  const Matrix& map = fit.metric.map();
  EXPECT_LT((map * inner * map.transpose() - Matrix::Identity(2, 2)).norm(), reference::rounding);
  const Matrix totals = map * total * map.transpose();  // 1 / mu
  double last = 0.0;
  for (Index i = 0; i < 2; ++i) {
    const double share = 1.0 / totals(i, i);
    EXPECT_LT((inner * map.row(i).transpose() - share * total * map.row(i).transpose()).norm(), reference::rounding);
    EXPECT_GT(share, last);
    last = share;
  }
  EXPECT_NEAR(fit.report.objective, 0.5 * (1.0 / totals(0, 0) + 1.0 / totals(1, 1)), reference::rounding);
  const Matrix all = fit_rca(data.x, chunks).metric.map();
  EXPECT_GT(1.0 / (all * total * all.transpose())(2, 2), last);
}

TEST(Rca, DrawsChunksByLabelFromItsSeed) {
  const Dataset data = clouds(300, 4, 3, 1);
  const auto matrix = [&](std::uint64_t seed, Index size = 2) {
    return fit_rca(data.x, *data.labels, {.chunk_size = size}, {seed}).metric.matrix();
  };
  EXPECT_EQ(matrix(1), matrix(1));
  EXPECT_NE(matrix(1), matrix(2));
  EXPECT_NE(matrix(1), matrix(1, 3));
  // One chunk per class is the covariance within the classes, which pairs halve: about their mean, they lie near it.
  const Matrix classes =
      fit_rca(data.x, ChunkSet{{data.labels->codes.begin(), data.labels->codes.end()}}).metric.matrix();
  EXPECT_LT((matrix(1) - 2.0 * classes).norm(), 0.5 * matrix(1).norm());
}

TEST(Rca, SaysWhenTheClassesHoldFewerChunks) {
  const Dataset data = clouds(31, 3, 3, 1);
  const Fit fit = fit_rca(data.x, *data.labels);
  EXPECT_THAT(fit.report.log, Contains("the classes hold no more than 15 chunks of 2 rows"));
  EXPECT_THAT(fit.report.derived, ElementsAre(std::pair<std::string, double>("sample_chunks_used", 15.0)));
  EXPECT_THAT(fit_rca(data.x, *data.labels, {.sample_chunks = 10}).report.derived, IsEmpty());
}

TEST(Rca, DirectionsWithoutRowsAreLeftOut) {
  const Dataset data = clouds(90, 4, 3, 2);
  const ChunkSet chunks = chunks_of(*data.labels);
  const Matrix alone = fit_rca(data.x, chunks).metric.matrix();
  Matrix wider = Matrix::Constant(90, 5, 7.0);
  wider.leftCols(4) = data.x;
  const Matrix constant = fit_rca(wider, chunks).metric.matrix();
  EXPECT_LT((constant.topLeftCorner(4, 4) - alone).norm(), reference::spectral * alone.norm());
  EXPECT_EQ(constant.col(4), Vector::Zero(5));
  wider.col(4) = data.x.col(0) + data.x.col(1);
  const Fit dependent = fit_rca(wider, chunks);
  EXPECT_EQ(dependent.metric.map().rows(), 4);
  EXPECT_THAT(dependent.report.warnings, ElementsAre(HasSubstr("the 5 columns that vary span 4 dimensions only")));
  EXPECT_EQ(fit_rca(Matrix::Constant(90, 5, 7.0), chunks).metric.map(), Matrix::Zero(1, 5));
}

TEST(Rca, FewChunksAreRegularisedAndSaySo) {
  const Dataset data = clouds(90, 5, 3, 2);
  const Fit few = fit_rca(data.x, *data.labels, {.sample_chunks = 2});
  EXPECT_TRUE(few.metric.map().allFinite());
  EXPECT_THAT(few.report.warnings, ElementsAre(HasSubstr("the covariance within the chunks is singular: 0.001 of")));
  EXPECT_THAT(few.report.derived, Contains(std::pair<std::string, double>("regularization_used", 0.001)));
  EXPECT_TRUE(fit_rca(clouds(10, 30, 2, 3).x, *clouds(10, 30, 2, 3).labels).metric.map().allFinite());
}

TEST(Rca, RefusesWhatItCannotLearnFrom) {
  const Dataset data = clouds(40, 2, 2, 3);
  const auto message = [&](const constraints::Supervision& supervision, const RcaOptions& options = {}) {
    return message_of([&] { (void)fit_rca(data.x, supervision, options); });
  };
  EXPECT_EQ(message(*data.labels, {.rank = 3}),
            "rank 3: must be between 1 and 2, the number of columns after preprocessing (0: all of them)");
  EXPECT_EQ(message(*data.labels, {.sample_chunks = 0}), "sample-chunks 0: must be at least 1");
  EXPECT_EQ(message(*data.labels, {.chunk_size = 1}), "chunk-size 1: must be at least 2");
  EXPECT_EQ(message(*data.labels, {.chunk_size = 30}), "chunk-size 30: no class has so many rows");
  EXPECT_THAT(message(encode_labels(std::vector<int>(40, 0))), HasSubstr("all 40 rows have the label"));
  EXPECT_THAT(message(constraints::PairSet{{{0, 1}}, {{0, 2}}}),
              HasSubstr("rca learns from labels or chunks, not from pairs"));
  EXPECT_THAT(message(ChunkSet{{0, 0}}), HasSubstr("there are 2 chunk numbers for 40 rows"));
  EXPECT_THROW((void)fit_rca(1e200 * data.x, *data.labels), FitFailed);
}

TEST(Rca, HasTheFiguresOfMetricLearn) {
  // metric-learn 0.7.0, on columns X standardized by their population standard deviation, with the same chunks:
  // M = RCA(r).fit(X, chunks).get_mahalanobis_matrix(); np.linalg.norm(M), M[0, 0], M[0, 1], M[-1, 0]
  struct Figures {
    const char* data;
    Index rank;
    double norm, first, second, corner;
  };
  const std::vector<Figures> all = {
      {"iris", 0, 95.40643485014355, 11.280678218314122, -2.612652615479708, 2.326463667765502},
      {"iris", 2, 55.42736891135508, 1.446235524847509, 0.656664114028268, -4.069764370394544},
      {"wine", 0, 32.69097889197198, 4.225718818865351, -0.6027640709264155, 0.2056411714087808},
      {"wine", 2, 14.60975297764821, 1.2137680060737293, 0.12111212840081857, 1.3857403401114632},
      {"breast_cancer", 0, 11503.643014866408, 5660.686634711962, 12.592926451894174, -6.8535920613313595},
      {"breast_cancer", 2, 1075.429682622385, 341.99638214418906, 24.70476514240685, -12.424827390099399},
  };
  for (const Figures& theirs : all) {
    const Dataset data = reference::shipped(theirs.data);
    const Matrix x = preprocess::Preprocessor::fit_transform("standardize", data.x).second;
    const Matrix m = fit_rca(x, chunks_of(*data.labels), {.rank = theirs.rank}).metric.matrix();
    reference::expect_figures(m, {theirs.norm, theirs.first, theirs.second, theirs.corner}, theirs.data);
  }
}

}  // namespace
}  // namespace holdfast::learners
