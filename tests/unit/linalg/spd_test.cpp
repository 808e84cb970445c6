#include "holdfast/linalg/spd.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/linalg/products.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::linalg {
namespace {

using reference::random_normal;

/// A positive definite matrix with eigenvalues from 1 to about `condition`.
Matrix random_spd(Index d, double condition, std::uint64_t seed) {
  const Matrix a = random_normal(2 * d, d, seed);
  const SymmetricEigen eigen = symmetric_eigen(transpose_product(a, a));
  Vector values(d);
  for (Index i = 0; i < d; ++i) values[i] = std::pow(condition, static_cast<double>(i) / static_cast<double>(d));
  return with_spectrum(eigen, values);
}

TEST(Spd, TheGeometricMeanSolvesItsEquation) {
  for (const double condition : {1.0, 1e3, 1e6}) {
    const Matrix a = random_spd(12, condition, 1);
    const Matrix b = random_spd(12, condition, 2);
    const Matrix factor = geometric_mean_factor(a, b, 0.5);
    const Matrix m = transpose_product(factor, factor);
    EXPECT_LT((m * a * m - b).norm(), reference::long_sums * b.norm()) << condition;
  }
}

TEST(Spd, TheEndsOfTheGeodesicAreTheInverseOfAAndB) {
  const Matrix a = random_spd(8, 100.0, 3);
  const Matrix b = random_spd(8, 50.0, 4);
  const Matrix at_zero = geometric_mean_factor(a, b, 0.0);
  const Matrix at_one = geometric_mean_factor(a, b, 1.0);
  EXPECT_LT((transpose_product(at_zero, at_zero) * a - Matrix::Identity(8, 8)).norm(), reference::long_sums);
  EXPECT_LT((transpose_product(at_one, at_one) - b).norm(), reference::long_sums * b.norm());
}

TEST(Spd, APointOfTheGeodesicOfCommutingMatricesIsThatOfTheirEigenvalues) {
  const Vector a{{1.0, 4.0, 9.0}};
  const Vector b{{5.0, 2.0, 0.5}};
  const Matrix factor = geometric_mean_factor(a.asDiagonal().toDenseMatrix(), b.asDiagonal().toDenseMatrix(), 0.3);
  const Matrix m = transpose_product(factor, factor);
  for (Index i = 0; i < 3; ++i) EXPECT_NEAR(m(i, i), std::pow(a[i], -0.7) * std::pow(b[i], 0.3), reference::rounding);
}

TEST(Spd, WhatIsNotPositiveDefiniteIsRefused) {
  const Matrix good = Matrix::Identity(2, 2);
  const Matrix singular{{1.0, 1.0}, {1.0, 1.0}};
  const Matrix indefinite{{1.0, 0.0}, {0.0, -1.0}};
  EXPECT_THROW((void)cholesky(indefinite), std::domain_error);
  EXPECT_THROW((void)geometric_mean_factor(indefinite, good, 0.5), std::domain_error);
  EXPECT_THROW((void)geometric_mean_factor(good, indefinite, 0.5), std::domain_error);
  EXPECT_THROW((void)geometric_mean_factor(singular, good, 0.5), std::domain_error);
}

TEST(Spd, TheDerivativeOfAMatrixFunctionIsThatOfDifferences) {
  const Matrix a = random_spd(6, 10.0, 5);
  Matrix direction = random_normal(6, 6, 6);
  direction = (direction + direction.transpose()).eval();
  const auto f = [](double t) { return std::exp(0.3 * t); };
  const auto slope = [](double t) { return 0.3 * std::exp(0.3 * t); };
  const auto at = [&](const Matrix& m) {
    const SymmetricEigen eigen = symmetric_eigen(m);
    return with_spectrum(eigen, eigen.values.unaryExpr(f));
  };
  const SymmetricEigen eigen = symmetric_eigen(a);
  const Matrix derivative = spectral_derivative(eigen, divided_differences(eigen.values, f, slope), direction);
  const double h = 1e-5;
  const Matrix differences = (at(a + h * direction) - at(a - h * direction)) / (2.0 * h);
  EXPECT_LT((derivative - differences).norm(), reference::differences * derivative.norm());
}

TEST(Spd, DividedDifferencesOfNearlyEqualEigenvaluesAreTheSlope) {
  const Vector t{{1.0, 1.0, 1.0 + reference::spectral, 2.0}};
  const auto cube = [](double u) { return u * u * u; };
  const auto slope = [](double u) { return 3.0 * u * u; };
  const Matrix h = divided_differences(t, cube, slope);
  EXPECT_DOUBLE_EQ(h(0, 0), 3.0);
  EXPECT_DOUBLE_EQ(h(0, 1), 3.0);
  EXPECT_NEAR(h(0, 2), 3.0, reference::differences);
  EXPECT_DOUBLE_EQ(h(0, 3), 7.0);
  EXPECT_EQ(h, h.transpose());
}

}  // namespace
}  // namespace holdfast::linalg
