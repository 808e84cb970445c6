#include "holdfast/linalg/products.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <tuple>
#include <utility>

#include "holdfast/core/parallel.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::linalg {
namespace {

using reference::random_normal;

/// The product by its definition.
Matrix by_loops(const Matrix& a, const Matrix& b) {
  Matrix result = Matrix::Zero(a.rows(), b.cols());
  for (Index i = 0; i < a.rows(); ++i) {
    for (Index j = 0; j < b.cols(); ++j) {
      for (Index k = 0; k < a.cols(); ++k) result(i, j) += a(i, k) * b(k, j);
    }
  }
  return result;
}

TEST(Products, EqualTheirDefinition) {
  // The last shape is large enough to be cut into pieces.
  for (const auto& [n, k, m] : {std::tuple<Index, Index, Index>{1, 1, 1}, {5, 3, 7}, {40, 1, 2}, {3000, 30, 40}}) {
    const Matrix a = random_normal(n, k, 1);
    const Matrix b = random_normal(k, m, 2);
    const Matrix expected = by_loops(a, b);
    EXPECT_LT(reference::largest_entry(product(a, b) - expected), reference::long_sums);
    EXPECT_LT(reference::largest_entry(product_with_transpose(a, b.transpose()) - expected), reference::long_sums);
    const Matrix c = random_normal(n, m, 3);
    EXPECT_LT(reference::largest_entry(transpose_product(a, c) - by_loops(a.transpose(), c)), reference::long_sums);
  }
}

TEST(Products, HaveTheSameBitsForAnyNumberOfThreads) {
  const Matrix a = random_normal(20000, 30, 1);
  const Matrix b = random_normal(20000, 40, 2);
  const int before = thread_count();
  set_thread_count(1);
  const Matrix one = transpose_product(a, b);
  const Matrix map = product_with_transpose(a, one.transpose());
  set_thread_count(5);
  EXPECT_EQ(transpose_product(a, b), one);
  EXPECT_EQ(product_with_transpose(a, one.transpose()), map);
  set_thread_count(before);
}

TEST(RowProducts, EqualTheirDefinition) {
  // Fewer rows than a panel, a panel, and more; columns in one piece and in several.
  for (const auto& [n, k, m] :
       {std::tuple<Index, Index, Index>{1, 1, 1}, {5, 3, 7}, {64, 2, 1}, {200, 30, 40}, {70, 9, 9000}}) {
    const Matrix a = random_normal(n, k, 1);
    const Matrix b = random_normal(k, m, 2);
    const Matrix expected = by_loops(a, b);
    EXPECT_LT(reference::largest_entry(row_products(a, b) - expected), reference::rounding);
    EXPECT_LT(reference::largest_entry(row_products_with_transpose(a, b.transpose()) - expected), reference::rounding);
  }
}

TEST(RowProducts, ARowHasTheSameBitsWhereverItStands) {
  const int before = thread_count();
  for (const Index m : {1, 2, 3, 8, 13, 50, 300}) {
    for (const Index k : {1, 2, 7, 64, 401}) {
      const Matrix rows = random_normal(200, k, 1);
      const Matrix b = random_normal(m, k, 2);
      set_thread_count(1);
      const Matrix all = row_products_with_transpose(rows, b);
      const Matrix all_plain = row_products(rows, b.transpose());
      set_thread_count(5);
      EXPECT_EQ(row_products_with_transpose(rows, b), all);
      EXPECT_EQ(row_products(rows, b.transpose()), all_plain);
      // Every row in a place of its own, among other rows, and a few rows alone.
      const Matrix turned = rows.colwise().reverse();
      EXPECT_EQ(row_products_with_transpose(turned, b).colwise().reverse(), all) << k << " x " << m;
      EXPECT_EQ(row_products(turned, b.transpose()).colwise().reverse(), all_plain) << k << " x " << m;
      for (const auto& [begin, count] : {std::pair<Index, Index>{0, 1}, {63, 2}, {137, 1}, {61, 130}}) {
        EXPECT_EQ(row_products_with_transpose(rows.middleRows(begin, count), b), all.middleRows(begin, count));
        EXPECT_EQ(row_products(rows.middleRows(begin, count), b.transpose()), all_plain.middleRows(begin, count));
      }
    }
  }
  set_thread_count(before);
}

TEST(RowProducts, ARowThatIsNotFiniteLeavesTheOthersAlone) {
  Matrix a = random_normal(10, 4, 1);
  const Matrix b = random_normal(3, 4, 2);
  const Matrix clean = row_products_with_transpose(a, b);
  a(5, 2) = std::numeric_limits<double>::quiet_NaN();
  const Matrix result = row_products_with_transpose(a, b);
  EXPECT_EQ(result.topRows(5), clean.topRows(5));
  EXPECT_EQ(result.bottomRows(4), clean.bottomRows(4));
  EXPECT_TRUE(result.row(5).array().isNaN().all());
}

TEST(Products, OfNothingAreZero) {
  EXPECT_EQ(transpose_product(Matrix(0, 2), Matrix(0, 3)), Matrix::Zero(2, 3));
  EXPECT_EQ(product(Matrix(0, 2), Matrix(2, 3)).rows(), 0);
  EXPECT_EQ(row_products(Matrix(0, 2), Matrix(2, 3)).rows(), 0);
}

TEST(Products, OfShapesThatDoNotFitAreRefused) {
  EXPECT_THROW((void)product(Matrix(2, 3), Matrix(2, 3)), std::invalid_argument);
  EXPECT_THROW((void)product_with_transpose(Matrix(2, 3), Matrix(3, 2)), std::invalid_argument);
  EXPECT_THROW((void)transpose_product(Matrix(2, 3), Matrix(3, 2)), std::invalid_argument);
  EXPECT_THROW((void)row_products(Matrix(2, 3), Matrix(2, 3)), std::invalid_argument);
  EXPECT_THROW((void)row_products_with_transpose(Matrix(2, 3), Matrix(3, 2)), std::invalid_argument);
}

}  // namespace
}  // namespace holdfast::linalg
