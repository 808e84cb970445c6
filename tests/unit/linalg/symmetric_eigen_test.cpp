#include "holdfast/linalg/symmetric_eigen.hpp"

#include <gtest/gtest.h>

#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::linalg {
namespace {

Matrix random_symmetric(Index d, std::uint64_t seed) {
  const Matrix a = reference::random_normal(d, d, seed);
  return a + a.transpose();
}

TEST(SymmetricEigen, RebuildsTheMatrix) {
  for (const Index d : {1, 2, 7, 40}) {
    const Matrix a = random_symmetric(d, 3);
    const SymmetricEigen eigen = symmetric_eigen(a);
    const Matrix rebuilt = eigen.vectors * eigen.values.asDiagonal() * eigen.vectors.transpose();
    EXPECT_LT(reference::largest_entry(rebuilt - a), reference::rounding * static_cast<double>(d));
    EXPECT_LT(reference::largest_entry(eigen.vectors.transpose() * eigen.vectors - Matrix::Identity(d, d)),
              reference::rounding);
    EXPECT_TRUE(std::is_sorted(eigen.values.begin(), eigen.values.end()));
  }
}

TEST(PsdFactor, IsTheNearestPositiveSemidefiniteMatrix) {
  const Matrix a = random_symmetric(9, 4);
  const Matrix l = psd_factor(a);
  const Matrix projected = l.transpose() * l;
  // The projection is optimal: the residual is negative semidefinite and orthogonal to it.
  const Matrix residual = a - projected;
  EXPECT_LT(symmetric_eigen(residual).values.maxCoeff(), reference::rounding);
  EXPECT_NEAR((residual * projected).trace(), 0.0, reference::long_sums);
  EXPECT_LT(l.rows(), 9);  // half of the eigenvalues are negative
}

TEST(PsdFactor, OfAPositiveMatrixReproducesIt) {
  const Matrix b = reference::random_normal(6, 6, 5);
  const Matrix a = b.transpose() * b;
  const Matrix l = psd_factor(a);
  EXPECT_LT(reference::largest_entry(l.transpose() * l - a), reference::rounding);
}

TEST(PsdFactor, OfANegativeMatrixIsZero) {
  const Matrix l = psd_factor(-Matrix::Identity(3, 3));
  EXPECT_EQ(l, Matrix::Zero(1, 3));
}

}  // namespace
}  // namespace holdfast::linalg
