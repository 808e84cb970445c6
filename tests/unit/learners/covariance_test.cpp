#include "holdfast/learners/covariance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/constraints/triplets.hpp"
#include "holdfast/preprocess/preprocessor.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/metric_figures.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::learners {
namespace {

using reference::message_of;
using reference::shipped;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Entry by entry, from the definition.
Matrix covariance_of(const Matrix& x) {
  const auto n = static_cast<double>(x.rows());
  Matrix c = Matrix::Zero(x.cols(), x.cols());
  for (Index a = 0; a < x.cols(); ++a) {
    for (Index b = 0; b < x.cols(); ++b) {
      const double mean_a = x.col(a).sum() / n;
      const double mean_b = x.col(b).sum() / n;
      for (Index i = 0; i < x.rows(); ++i) c(a, b) += (x(i, a) - mean_a) * (x(i, b) - mean_b);
      c(a, b) /= n - 1.0;
    }
  }
  return c;
}

Fit fit(const Matrix& x) {
  return fit_covariance(x, encode_labels(std::vector<int>(static_cast<std::size_t>(x.rows()), 0)));
}

Matrix standardized(const char* name) {
  return preprocess::Preprocessor::fit_transform("standardize", shipped(name).x).second;
}

TEST(Covariance, IsTheInverseOfTheCovariance) {
  const Matrix x = reference::clouds(60, 5, 3, 1).x;
  const Fit made = fit(x);
  EXPECT_LT((made.metric.matrix() * covariance_of(x) - Matrix::Identity(5, 5)).norm(), reference::rounding);
  EXPECT_THAT(made.report.warnings, IsEmpty());
  EXPECT_THAT(made.report.log, ElementsAre("nothing to learn: M is the inverse covariance of 60 rows, of rank 5"));
  EXPECT_EQ(made.report.reason_text(), "closed form");
}

TEST(Covariance, DoesNotLookAtTheSupervision) {
  const Dataset data = reference::clouds(60, 5, 3, 1);
  const metric::Metric by_labels = fit_covariance(data.x, *data.labels).metric;
  EXPECT_TRUE(by_labels == fit_covariance(data.x, constraints::PairSet{{{0, 1}}, {{0, 2}}}).metric);
  EXPECT_TRUE(by_labels == fit_covariance(data.x, constraints::from_triplets({{0, 2, 1}})).metric);
}

TEST(Covariance, FollowsUnitsThatDifferByManyOrders) {
  Matrix x = reference::clouds(60, 4, 3, 1).x;
  const RowVector units{{1e-9, 1.0, 1e6, 1e12}};
  const Matrix m = fit(x).metric.matrix();
  x *= units.asDiagonal();
  const Matrix other = units.asDiagonal() * fit(x).metric.matrix() * units.asDiagonal();
  EXPECT_LT((m - other).norm(), reference::spectral * m.norm());
}

TEST(Covariance, ConstantColumnsCountNothing) {
  Matrix x = reference::clouds(60, 5, 3, 1).x;
  x.col(3).setConstant(0.1);
  const Matrix m = fit(x).metric.matrix();
  EXPECT_EQ(m.col(3), Vector::Zero(5));
  const std::vector<Index> rest = {0, 1, 2, 4};
  const Matrix block = m(rest, rest) * covariance_of(x)(rest, rest);
  EXPECT_LT((block - Matrix::Identity(4, 4)).norm(), reference::rounding);
  EXPECT_THAT(fit(x).report.warnings, IsEmpty());  // `train` names constant columns
}

TEST(Covariance, DependentColumnsAndFewRowsGiveThePseudoInverse) {
  Matrix dependent = reference::clouds(60, 5, 3, 1).x;
  dependent.col(4) = dependent.col(0) - 2.0 * dependent.col(1);
  for (const Matrix& x : {dependent, Matrix(reference::clouds(4, 7, 2, 1).x)}) {
    const Fit made = fit(x);
    const Index rank = x.rows() == 4 ? 3 : 4;
    EXPECT_EQ(made.metric.map().rows(), rank);
    // Penrose's four conditions (1955).
    const Matrix m = made.metric.matrix();
    const Matrix c = covariance_of(x);
    EXPECT_LT((c * m * c - c).norm(), reference::long_sums * c.norm());
    EXPECT_LT((m * c * m - m).norm(), reference::long_sums * m.norm());
    EXPECT_LT((c * m - (c * m).transpose()).norm(), reference::long_sums);
    EXPECT_LT((m * c - (m * c).transpose()).norm(), reference::long_sums);
    EXPECT_THAT(made.report.warnings, ElementsAre(HasSubstr("vary span " + std::to_string(rank) + " dimensions only")));
  }
}

TEST(Covariance, EqualRowsGiveTheZeroMetric) {
  EXPECT_EQ(fit(Matrix::Constant(5, 3, 7.0)).metric.map(), Matrix::Zero(1, 3));
}

TEST(Covariance, RefusesASingleRowAndSquaresThatOverflow) {
  EXPECT_EQ(message_of([] { (void)fit(Matrix::Ones(1, 3)); }), "covariance needs two rows or more");
  EXPECT_THROW((void)fit(1e200 * reference::clouds(20, 3, 2, 1).x), FitFailed);
}

TEST(Covariance, HasTheFiguresOfMetricLearn) {
  // metric-learn 0.7.0, on columns X standardized by their population standard deviation:
  // M = Covariance().fit(X).get_mahalanobis_matrix(); np.linalg.norm(M), M[0, 0], M[0, 1], M[-1, 0]
  struct Figures {
    const char* data;
    double norm, first, second, corner;
  };
  for (const Figures& theirs :
       {Figures{"iris", 48.44147403506108, 7.025570533846622, -2.406812153060155, 3.598807540705329},
        Figures{"wine", 13.82730475913139, 2.446549189561612, -0.4431758557575076, -0.964067094441727},
        Figures{"breast_cancer", 7649.648831492379, 3799.426165830727, -2.056735903594912, 8.629922072494645}}) {
    const Matrix m = fit(standardized(theirs.data)).metric.matrix();
    reference::expect_figures(m, {theirs.norm, theirs.first, theirs.second, theirs.corner}, theirs.data);
  }
}

}  // namespace
}  // namespace holdfast::learners
