#include "holdfast/metric/metric.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::metric {
namespace {

using reference::random_normal;

TEST(Metric, SquaredDistanceIsTheQuadraticForm) {
  const Metric metric = Metric::from_map(random_normal(3, 5, 1));
  const Matrix x = random_normal(2, 5, 2);
  const RowVector difference = x.row(0) - x.row(1);
  const double expected = (difference * metric.matrix() * difference.transpose()).value();
  EXPECT_NEAR(metric.squared_distance(x.row(0), x.row(1)), expected, reference::rounding);
  EXPECT_DOUBLE_EQ(metric.distance(x.row(0), x.row(1)), std::sqrt(metric.squared_distance(x.row(0), x.row(1))));
}

TEST(Metric, TransformedRowsHaveTheMetricsDistances) {
  const Metric metric = Metric::from_map(random_normal(3, 5, 1));
  const Matrix x = random_normal(4, 5, 2);
  const Matrix mapped = metric.transform(x);
  ASSERT_EQ(mapped.cols(), 3);
  EXPECT_NEAR((mapped.row(1) - mapped.row(3)).norm(), metric.distance(x.row(1), x.row(3)), reference::rounding);
}

TEST(Metric, IsBuiltFromItsMatrix) {
  const Matrix b = random_normal(4, 4, 3);
  const Matrix m = b.transpose() * b;
  EXPECT_LT(reference::largest_entry(Metric::from_matrix(m).matrix() - m), reference::rounding);
}

TEST(Metric, OfLowRankMatrixHasAsManyRows) {
  const Matrix b = random_normal(2, 6, 3);
  EXPECT_LE(Metric::from_matrix(b.transpose() * b).output_dimension(), 6);
  EXPECT_LT(reference::largest_entry(Metric::from_matrix(b.transpose() * b).matrix() - b.transpose() * b),
            reference::rounding);
}

TEST(Metric, RefusesWhatIsNoMetric) {
  EXPECT_THROW((void)Metric::from_matrix(-Matrix::Identity(2, 2)), std::invalid_argument);
  EXPECT_THROW((void)Metric::from_matrix(Matrix{{1.0, 0.5}, {0.0, 1.0}}), std::invalid_argument);
  EXPECT_THROW((void)Metric::from_matrix(Matrix::Identity(2, 3)), std::invalid_argument);
  EXPECT_THROW((void)Metric::from_map(Matrix(0, 3)), std::invalid_argument);
  EXPECT_THROW((void)Metric::from_map(Matrix::Constant(2, 2, NAN)), std::invalid_argument);
}

TEST(Metric, IsAValue) {
  const Metric a = Metric::from_map(random_normal(2, 3, 1));
  Metric b = Metric::euclidean(3);
  EXPECT_FALSE(a == b);
  b = a;
  EXPECT_TRUE(a == b);
}

}  // namespace
}  // namespace holdfast::metric
