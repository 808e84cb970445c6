#include "holdfast/learners/lfda.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "holdfast/preprocess/preprocessor.hpp"
#include "reference/labelled_data.hpp"
#include "reference/local_scatters.hpp"
#include "reference/messages.hpp"
#include "reference/metric_figures.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::learners {
namespace {

using reference::clouds;
using reference::message_of;
using reference::shipped;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

Dataset standardized(const char* name) {
  Dataset data = shipped(name);
  data.x = preprocess::Preprocessor::fit_transform("standardize", data.x).second;
  return data;
}

Fit fit(const Dataset& data, const LfdaOptions& options = {}) { return fit_lfda(data.x, *data.labels, options); }

Matrix metric_of(const Dataset& data, Embedding embedding, Index rank = 0) {
  return fit(data, {.rank = rank, .embedding = embedding}).metric.matrix();
}

/// Two classes, the first in two clusters on both sides of the second, in the first column; much noise in the others.
Dataset sandwich() {
  Dataset data = clouds(90, 4, 3, 5);
  std::vector<int> codes;
  for (Index row = 0; row < 90; ++row) {
    const Index cluster = row % 3;
    data.x.row(row) *= 2.0;
    data.x(row, 0) = 4.0 * static_cast<double>(cluster - 1) + 0.1 * data.x(row, 0);
    codes.push_back(cluster == 1 ? 1 : 0);
  }
  data.labels = encode_labels(codes);
  return data;
}

TEST(Lfda, ItsDirectionsSolveTheEquationOfThePaper) {
  for (const Index k : {1, 3, 7, 40}) {  // 40: more than a class has
    const Dataset data = clouds(90, 5, 3, 2);
    const auto [within, between] = reference::local_scatters(data.x, *data.labels, k);
    const Matrix v = fit(data, {.scale_neighbors = k, .embedding = Embedding::plain}).metric.map();
    const Matrix weighted = fit(data, {.scale_neighbors = k}).metric.map();
    EXPECT_LT((v * within * v.transpose() - Matrix::Identity(5, 5)).norm(), reference::long_sums);
    const Vector values = weighted.rowwise().squaredNorm().cwiseQuotient(v.rowwise().squaredNorm());
    EXPECT_TRUE(std::ranges::is_sorted(values, std::greater<>()));
    for (Index i = 0; i < 5; ++i) {
      const Vector residual = (between - values[i] * within) * v.row(i).transpose();
      EXPECT_LT(residual.norm(), reference::long_sums * within.norm()) << k << " " << i;
    }
    EXPECT_NEAR(fit(data, {.scale_neighbors = k}).report.objective, values.sum(), reference::long_sums * values.sum());
  }
}

TEST(Lfda, TheEmbeddingsSpanTheSameDirections) {
  const Dataset data = clouds(90, 5, 3, 2);
  const Matrix plain = fit(data, {.rank = 2, .embedding = Embedding::plain}).metric.map();
  const Matrix projection = metric_of(data, Embedding::orthonormalized, 2);
  EXPECT_LT((projection * projection - projection).norm(), reference::rounding);
  EXPECT_LT((plain * projection - plain).norm(), reference::long_sums * plain.norm());
  const Matrix weighted = fit(data, {.rank = 2}).metric.map();
  EXPECT_LT((weighted * projection - weighted).norm(), reference::long_sums * weighted.norm());
  EXPECT_LT((metric_of(data, Embedding::orthonormalized) - Matrix::Identity(5, 5)).norm(), reference::rounding);
}

TEST(Lfda, FindsTheDirectionOfAClassOnBothSidesOfAnother) {
  const Matrix m = metric_of(sandwich(), Embedding::orthonormalized, 1);
  EXPECT_GT(m(0, 0), 0.95);
}

TEST(Lfda, BlocksOfALargeClassAddUp) {
  Dataset data = clouds(3200, 3, 2, 7);  // more than 2^21 distances in a class
  std::vector<int> codes;
  for (Index row = 0; row < 3200; ++row) codes.push_back(row % 10 == 0 ? 1 : 0);
  data.labels = encode_labels(codes);
  const auto [within, between] = reference::local_scatters(data.x, *data.labels, 2);
  const Matrix v = fit(data, {.embedding = Embedding::plain}).metric.map();
  EXPECT_LT((v * within * v.transpose() - Matrix::Identity(3, 3)).norm(), reference::long_sums);
}

TEST(Lfda, TheScaleIsChosenByTheColumnsAndSaid) {
  for (const auto& [columns, k] : {std::pair<Index, Index>{1, 1}, {4, 3}, {8, 7}, {20, 7}}) {
    const Dataset data = clouds(90, columns, 3, 2);
    const Fit chosen = fit(data);
    EXPECT_THAT(chosen.report.derived, Contains(std::pair<std::string, double>("scale_neighbors_used", k)));
    EXPECT_TRUE(chosen.metric == fit(data, {.scale_neighbors = k}).metric);
    EXPECT_THAT(fit(data, {.scale_neighbors = k}).report.derived, IsEmpty());
  }
}

TEST(Lfda, ClassesOfOneRowCountAsOtherClassesOnly) {
  Dataset data = clouds(61, 3, 2, 3);
  data.labels->codes[60] = 2;
  data.labels->names.emplace_back("single");
  const auto [within, between] = reference::local_scatters(data.x, *data.labels, 2);
  const Matrix v = fit(data, {.embedding = Embedding::plain}).metric.map();
  EXPECT_LT((v * within * v.transpose() - Matrix::Identity(3, 3)).norm(), reference::long_sums);
  EXPECT_LT((v * between * v.transpose() - Matrix((v * between * v.transpose()).diagonal().asDiagonal())).norm(),
            reference::long_sums);
}

TEST(Lfda, DirectionsWithoutRowsAreLeftOut) {
  const Dataset data = clouds(90, 4, 3, 2);
  const Matrix alone = fit(data, {.scale_neighbors = 3}).metric.matrix();
  Dataset wider = data;
  wider.x = Matrix::Constant(90, 5, 7.0);
  wider.x.leftCols(4) = data.x;
  const Fit constant = fit(wider, {.scale_neighbors = 3});
  EXPECT_LT((constant.metric.matrix().topLeftCorner(4, 4) - alone).norm(), reference::spectral * alone.norm());
  EXPECT_EQ(constant.metric.matrix().col(4), Vector::Zero(5));
  EXPECT_THAT(constant.report.warnings, IsEmpty());
  wider.x.col(4) = data.x.col(0) + data.x.col(1);
  EXPECT_THAT(fit(wider).report.warnings, testing::ElementsAre(HasSubstr("the 5 columns that vary span 4 dimensions")));
  EXPECT_EQ(fit(wider).metric.map().rows(), 4);
}

TEST(Lfda, FewRowsAreRegularisedAndSaySo) {
  const Fit wide = fit(clouds(12, 30, 3, 3));
  EXPECT_TRUE(wide.metric.map().allFinite());
  EXPECT_THAT(wide.report.warnings, Contains(HasSubstr("the local scatter within the classes is singular: 0.001 of")));
  EXPECT_THAT(wide.report.derived, Contains(std::pair<std::string, double>("regularization_used", 0.001)));
  Dataset duplicates = clouds(12, 2, 2, 3);
  for (Index row = 0; row < 12; ++row) duplicates.x.row(row).setConstant(duplicates.labels->code(row));
  EXPECT_TRUE(fit(duplicates).metric.map().allFinite());
  EXPECT_GT(fit(duplicates).metric.matrix().trace(), 0.0);
}

TEST(Lfda, ClassesWithoutADifferenceGiveZeroAndAWarning) {
  Dataset data = clouds(40, 2, 2, 3);
  data.x.bottomRows(20) = data.x.topRows(20);  // each row once in either class
  for (Index row = 0; row < 40; ++row) data.labels->codes[static_cast<std::size_t>(row)] = row < 20 ? 0 : 1;
  data.x *= 1e-3;
  data.x.row(0) *= 1e6;
  data.x.row(20) *= 1e6;
  const Fit made = fit(data, {.scale_neighbors = 19});
  EXPECT_TRUE(made.metric.map().allFinite());
  Dataset equal = data;
  equal.x.setConstant(2.0);
  EXPECT_EQ(fit(equal).metric.map(), Matrix::Zero(1, 2));
}

TEST(Lfda, CanBeStopped) {
  const Dataset data = clouds(40, 2, 2, 3);
  EXPECT_THROW((void)fit_lfda(data.x, *data.labels, {}, {0, [](const Progress&) { return Action::stop; }}), Stopped);
}

TEST(Lfda, RefusesWhatItCannotLearnFrom) {
  const Dataset data = clouds(40, 2, 2, 3);
  EXPECT_EQ(message_of([&] { (void)fit(data, {.rank = 3}); }),
            "rank 3: must be between 1 and 2, the number of columns after preprocessing (0: all of them)");
  EXPECT_EQ(message_of([&] { (void)fit(data, {.scale_neighbors = -1}); }),
            "scale-neighbors -1: must be at least 1 (0: chosen by the number of columns)");
  EXPECT_THAT(message_of([&] { (void)fit_lfda(data.x, encode_labels(std::vector<int>(40, 0))); }),
              HasSubstr("all 40 rows have the label"));
  EXPECT_THAT(message_of([&] {
                (void)fit_lfda(data.x, constraints::PairSet{{{0, 1}}, {{0, 2}}});
              }),
              HasSubstr("lfda learns from labels, not from pairs"));
  EXPECT_THROW((void)fit_lfda(1e200 * data.x, *data.labels), FitFailed);
}

TEST(Lfda, HasTheFiguresOfMetricLearn) {
  // metric-learn 0.7.0 after the two corrections that docs/methods/lfda.md explains. The local scale of each row:
  //   metric_learn.lfda.np = a copy of numpy whose partition(a, k, axis) is np.sort(a, axis=1)
  // and the weights, which are sqrt(lambda + 2) there, so that its M is ours + 2 plain. On columns X standardized by
  // their population standard deviation: M = LFDA(r, embedding_type=e).fit(X, y).get_mahalanobis_matrix();
  // np.linalg.norm(M), M[0, 0], M[0, 1], M[-1, 0]
  struct Figures {
    const char* data;
    Embedding embedding;
    Index rank;
    double norm, first, second, corner;
  };
  using enum Embedding;
  const std::vector<Figures> all = {
      {"iris", weighted, 0, 6531.491480001029, 328.73496967840015, -89.9164532518904, 490.8204496620821},
      {"iris", weighted, 2, 6501.120903339285, 237.44046775125094, -57.36165911491611, 531.6560194300464},
      {"iris", orthonormalized, 2, 1.4142135623730951, 0.24477558649277073, 0.37438686383403175, 0.15553281260012564},
      {"iris", plain, 0, 10.321713187982384, 2.769020377503152, -0.19761770041849896, 0.23116389647441604},
      {"iris", plain, 2, 4.7366835868797095, 0.5120710067709355, 0.653810973273425, 0.4425514160352815},
      {"wine", weighted, 0, 20.327581876656787, 1.393027836097979, 0.10080605239955563, 1.219337567921298},
      {"wine", weighted, 2, 18.887811549386516, 0.9295168207591606, 0.1943262539224444, 1.431142689056992},
      {"wine", orthonormalized, 2, 1.4142135623730951, 0.23449563403544935, 0.07365470965550946, 0.30077659128758255},
      {"wine", plain, 0, 0.6736426072092756, 0.10822126713291322, -0.01005080116504021, -0.005879989280811973},
      {"wine", plain, 2, 0.25760212230319873, 0.02455457135712956, 0.007045547269235781, 0.03312706452710952},
      {"breast_cancer", weighted, 0, 2677.5617227694047, 1301.479006798017, -2.115483715714554, -4.186017289080601},
      {"breast_cancer", weighted, 2, 357.99604501943145, 79.0697799635704, 0.5761957777243608, -6.836629431854066},
      {"breast_cancer", orthonormalized, 2, 1.4142135623730956, 0.36504862071199323, -0.00645844621544105,
       -0.06102652272003106},
      {"breast_cancer", plain, 0, 229.5613981538785, 113.52683037146907, -0.12347204473789039, 0.22776887164972717},
      {"breast_cancer", plain, 2, 5.554645957364703, 0.8808910626399533, 0.016330265131657272, -0.04414103059608557},
  };
  for (const Figures& theirs : all) {
    const Dataset data = standardized(theirs.data);
    Matrix m = metric_of(data, theirs.embedding, theirs.rank);
    if (theirs.embedding == weighted) m += 2.0 * metric_of(data, plain, theirs.rank);
    reference::expect_figures(m, {theirs.norm, theirs.first, theirs.second, theirs.corner}, theirs.data);
  }
}

}  // namespace
}  // namespace holdfast::learners
