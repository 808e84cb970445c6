#include "holdfast/learners/euclidean.hpp"

#include <gtest/gtest.h>

namespace holdfast::learners {
namespace {

TEST(Euclidean, IsTheIdentityWhateverTheLabels) {
  const Matrix x{{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}, {7.0, 8.0, 10.0}};
  const Fit fit = fit_euclidean(x, encode_labels(std::vector<int>{0, 0, 1}));
  EXPECT_EQ(fit.metric.map(), Matrix::Identity(3, 3));
  EXPECT_EQ(fit.metric.squared_distance(x.row(0), x.row(1)), 27.0);
}

}  // namespace
}  // namespace holdfast::learners
