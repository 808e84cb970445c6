#include "holdfast/geometry/perturbed_classifier.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "reference/random_data.hpp"

namespace holdfast::geometry {
namespace {

using reference::random_normal;

std::vector<int> classes_of(Index rows) {
  std::vector<int> codes;
  for (Index row = 0; row < rows; ++row) codes.push_back(static_cast<int>((row * 7 + row / 5) % 3));
  return codes;
}

TEST(PerturbedClassifier, RefusesPartsThatDoNotFit) {
  EXPECT_THROW(PerturbedClassifier(Matrix::Zero(3, 2), {0, 1}, Matrix::Identity(2, 2)), std::invalid_argument);
  EXPECT_THROW(PerturbedClassifier(Matrix::Zero(2, 3), {0, 1}, Matrix::Identity(2, 2)), std::invalid_argument);
}

TEST(PerturbedClassifier, SpacesOfAnEllipsoidAreEachOthersInverse) {
  const Matrix root = random_normal(4, 4, 1);
  const Matrix a = root * root.transpose() + Matrix::Identity(4, 4);
  const Matrix map = random_normal(3, 4, 2);
  const PerturbedClassifier plain(random_normal(9, 3, 3), classes_of(9), map);
  const PerturbedClassifier measured = plain.in_ellipsoid(a);
  EXPECT_FALSE(plain.is_in_ellipsoid());
  EXPECT_TRUE(measured.is_in_ellipsoid());
  const Vector delta = random_normal(4, 1, 4).col(0);
  const Vector u = measured.to_norm_space(delta);
  EXPECT_NEAR(u.squaredNorm(), delta.dot(a * delta), 1e-9);
  EXPECT_LT((measured.to_row_space(u) - delta).norm(), 1e-12);
  EXPECT_LT((measured.map() * u - map * delta).norm(), 1e-12);
  EXPECT_EQ(plain.to_norm_space(delta), delta);
  EXPECT_EQ(plain.to_row_space(delta), delta);
  EXPECT_EQ(&measured.mapped(), &plain.mapped());  // shared
  EXPECT_THROW((void)plain.in_ellipsoid(Matrix::Identity(2, 2)), std::invalid_argument);
  EXPECT_THROW((void)plain.in_ellipsoid(-Matrix::Identity(4, 4)), std::domain_error);
}

TEST(PerturbedClassifier, LeavesOneRowOutOfTheVote) {
  // As the classifier without that row says, for rows near and far.
  const Matrix rows = random_normal(30, 3, 1);
  const PerturbedClassifier all(rows, classes_of(30), Matrix::Identity(3, 3));
  for (const Index k : {1, 3, 5}) {
    std::vector<Index> left_out;
    std::vector<int> expected;
    for (Index row = 0; row < 30; ++row) {
      const Index out = row < 20 ? row : (row * 11) % 30;
      left_out.push_back(out);
      Matrix others(29, 3);
      others << rows.topRows(out), rows.bottomRows(29 - out);
      std::vector<int> codes = classes_of(30);
      codes.erase(codes.begin() + out);
      const PerturbedClassifier fewer(others, codes, Matrix::Identity(3, 3));
      expected.push_back(fewer.predict(rows.row(row), k)[0]);
    }
    EXPECT_EQ(all.predict(rows, k, left_out), expected);
    EXPECT_NE(all.predict(rows, k), expected);
  }
}

TEST(PerturbedClassifier, TheDualOperatorNormBoundsTheDualNormOfEveryDirection) {
  const Matrix map = random_normal(4, 6, 3);
  const PerturbedClassifier classifier(random_normal(10, 4, 1), classes_of(10), map);
  for (const Norm norm : {Norm::l1, Norm::l2, Norm::linf}) {
    double seen = 0.0;
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
      const RowVector u = random_normal(1, 4, seed).row(0).normalized();
      seen = std::max(seen, length((u * map).transpose(), dual(norm)));
    }
    EXPECT_LE(seen, classifier.dual_operator_norm(norm) * (1.0 + 1e-12));
    if (norm != Norm::linf) {
      EXPECT_GT(seen, 0.9 * classifier.dual_operator_norm(norm));
    }
  }
}

TEST(PerturbedClassifier, GapsAreRoundedDown) {
  const PerturbedClassifier classifier(random_normal(10, 4, 1), classes_of(10), Matrix::Identity(4, 4));
  EXPECT_LT(classifier.gap_rounded_down(2.0, 1.0, 3.0), 1.0);
  EXPECT_GT(classifier.gap_rounded_down(2.0, 1.0, 3.0), 1.0 - 1e-12);
  EXPECT_LT(classifier.gap_rounded_down(1.0, 1.0, 3.0), 0.0);
}

}  // namespace
}  // namespace holdfast::geometry
