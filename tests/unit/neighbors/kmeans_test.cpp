#include "holdfast/neighbors/kmeans.hpp"

#include <gtest/gtest.h>

#include "reference/messages.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::neighbors {
namespace {

TEST(KMeans, FindsWellSeparatedClouds) {
  Matrix x = 0.1 * reference::random_normal(300, 2, 1);
  for (Index row = 0; row < 300; ++row) x.row(row) += RowVector{{10.0 * static_cast<double>(row % 3), 5.0}};
  Random random(2);
  const Matrix centres = kmeans(x, 3, random);
  ASSERT_EQ(centres.rows(), 3);
  for (int cloud = 0; cloud < 3; ++cloud) {
    const RowVector expected{{10.0 * cloud, 5.0}};
    EXPECT_LT((centres.rowwise() - expected).rowwise().norm().minCoeff(),
              reference::sampling_error(0.1 * std::sqrt(2.0), 100));
  }
}

TEST(KMeans, CentresAreTheMeansOfTheirRows) {
  const Matrix x = reference::random_normal(120, 3, 4);
  Random random(1);
  const Matrix centres = kmeans(x, 5, random, 100);
  Matrix sums = Matrix::Zero(5, 3);
  Vector counts = Vector::Zero(5);
  for (Index row = 0; row < 120; ++row) {
    Index own = 0;
    (centres.rowwise() - x.row(row)).rowwise().squaredNorm().minCoeff(&own);
    sums.row(own) += x.row(row);
    counts[own] += 1.0;
  }
  for (Index k = 0; k < 5; ++k) EXPECT_LT((sums.row(k) / counts[k] - centres.row(k)).norm(), reference::rounding);
}

TEST(KMeans, GivesNoMoreCentresThanDistinctRows) {
  Matrix x(6, 2);
  x << 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 2, 2;
  Random random(1);
  EXPECT_EQ(kmeans(x, 5, random).rows(), 3);
  EXPECT_EQ(kmeans(Matrix::Zero(4, 2), 2, random).rows(), 1);
}

TEST(KMeans, NeedsACentre) {
  Random random(1);
  EXPECT_EQ(reference::message_of([&] { (void)kmeans(Matrix::Zero(4, 2), 0, random); }),
            "0 centres: there must be at least 1");
}

}  // namespace
}  // namespace holdfast::neighbors
