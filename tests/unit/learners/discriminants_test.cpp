#include "holdfast/learners/discriminants.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>

#include "holdfast/learners/scml.hpp"
#include "reference/labelled_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::learners {
namespace {

using reference::clouds;
using reference::three_clouds;

TEST(Discriminants, AreUnitVectorsThatSeparate) {
  Random random(1);
  const Matrix basis = local_discriminants(three_clouds().x, *three_clouds().labels, 40, random);
  ASSERT_EQ(basis.rows(), 40);
  for (Index k = 0; k < 40; ++k) EXPECT_NEAR(basis.row(k).norm(), 1.0, reference::rounding);
  // The classes differ in the first three columns only.
  EXPECT_GT(basis.leftCols(3).squaredNorm(), 3.0 * basis.rightCols(2).squaredNorm());
}

TEST(Discriminants, OfTwoCloudsAreFishersDirection) {
  // One region, so that the direction is W^-1 (m1 - m2) of the rows nearest to its centre.
  Dataset two = clouds(14, 4, 2, 3);
  Random random(1);
  const Matrix basis = local_discriminants(two.x, *two.labels, 1, random);
  Matrix within = two.x;
  RowVector means[2] = {RowVector::Zero(4), RowVector::Zero(4)};
  const std::vector<Index> counts = class_counts(*two.labels);
  ASSERT_LE(std::max(counts[0], counts[1]), 10);  // all rows are in the region
  for (Index row = 0; row < 14; ++row) {
    const int code = two.labels->codes[static_cast<std::size_t>(row)];
    means[code] += two.x.row(row) / static_cast<double>(counts[static_cast<std::size_t>(code)]);
  }
  for (Index row = 0; row < 14; ++row) within.row(row) -= means[two.labels->codes[static_cast<std::size_t>(row)]];
  Matrix scatter = within.transpose() * within;
  scatter.diagonal().array() += 0.01 * scatter.trace() / 4.0;
  const Vector expected = scatter.inverse() * (means[0] - means[1]).transpose();
  EXPECT_NEAR(std::abs(basis.row(0).dot(expected.normalized())), 1.0, reference::long_sums);
}

TEST(Discriminants, OfTripletsPointWhereImpostorsAreFar) {
  const auto set = constraints::triplets_from_labels(three_clouds().x, *three_clouds().labels, {3, 10});
  Random random(1);
  const Matrix basis = local_discriminants(three_clouds().x, set, 20, random);
  EXPECT_GT(basis.rows(), 5);
  EXPECT_LE(basis.rows(), 20);
  EXPECT_GT(basis.leftCols(3).squaredNorm(), basis.rightCols(2).squaredNorm());
}

}  // namespace
}  // namespace holdfast::learners
