#include "holdfast/geometry/perturbed_classifier.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

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
  const Vector delta = random_normal(4, 1, 4).col(0);
  const Vector u = measured.to_norm_space(delta);
  EXPECT_NEAR(u.squaredNorm(), delta.dot(a * delta), reference::spectral);
  EXPECT_LT((measured.to_row_space(u) - delta).norm(), reference::rounding);
  EXPECT_LT((measured.map() * u - map * delta).norm(), reference::rounding);
  EXPECT_EQ(plain.to_norm_space(delta), delta);
  EXPECT_EQ(plain.to_row_space(delta), delta);
  EXPECT_EQ(&measured.mapped(), &plain.mapped());  // shared
  EXPECT_THROW((void)plain.in_ellipsoid(Matrix::Identity(2, 2)), std::invalid_argument);
  EXPECT_THROW((void)plain.in_ellipsoid(-Matrix::Identity(4, 4)), std::domain_error);
}

TEST(PerturbedClassifier, RestrictedToColumnsLeavesTheOthersAsTheyAre) {
  const Matrix map = random_normal(3, 4, 2);
  const PerturbedClassifier all(random_normal(9, 3, 3), classes_of(9), map);
  const PerturbedClassifier some = all.restricted_to({0, 2});
  EXPECT_EQ(some.row_dimension(), 4);
  EXPECT_EQ(some.map(), Matrix(map(Eigen::all, std::vector<Index>{0, 2})));
  const Vector u = (Vector(2) << 5.0, 7.0).finished();
  EXPECT_EQ(some.to_row_space(u), (Vector(4) << 5.0, 0.0, 7.0, 0.0).finished());
  EXPECT_EQ(some.to_norm_space((Vector(4) << 5.0, 1.0, 7.0, 2.0).finished()), u);
  EXPECT_LT(some.dual_operator_norm(Norm::l2), all.dual_operator_norm(Norm::l2));
  EXPECT_EQ(&some.mapped(), &all.mapped());
  const PerturbedClassifier scaled = some.rescaled(3, 1);
  EXPECT_EQ(scaled.to_row_space(u), some.to_row_space(u));
  EXPECT_EQ(scaled.map(), Matrix(4.0 * some.map()));
  // The block of A at the columns measures them.
  const Matrix a = reference::random_spd(2, 5);
  const PerturbedClassifier measured = some.in_ellipsoid(a);
  const Vector delta = (Vector(4) << 0.3, 0.0, -0.4, 0.0).finished();
  const Vector part = (Vector(2) << 0.3, -0.4).finished();
  EXPECT_NEAR(measured.to_norm_space(delta).squaredNorm(), part.dot(a * part), reference::rounding);
  EXPECT_LT((measured.to_row_space(measured.to_norm_space(delta)) - delta).norm(), reference::rounding);
}

TEST(PerturbedClassifier, RestrictedToNoColumnMovesNothing) {
  const PerturbedClassifier none =
      PerturbedClassifier(random_normal(9, 3, 3), classes_of(9), random_normal(3, 4, 2)).restricted_to({});
  EXPECT_TRUE(none.is_unmoved());
  EXPECT_EQ(none.to_row_space(Vector::Ones(1)), Vector(Vector::Zero(4)));
  EXPECT_EQ(none.to_norm_space(Vector::Ones(4)), Vector(Vector::Zero(1)));
}

TEST(PerturbedClassifier, RefusesColumnsThatAreNone) {
  const PerturbedClassifier all(random_normal(9, 3, 3), classes_of(9), random_normal(3, 4, 2));
  EXPECT_THROW((void)all.restricted_to({0, 0}), std::invalid_argument);
  EXPECT_THROW((void)all.restricted_to({2, 1}), std::invalid_argument);
  EXPECT_THROW((void)all.restricted_to({-1}), std::invalid_argument);
  EXPECT_THROW((void)all.restricted_to({4}), std::invalid_argument);
  EXPECT_THROW((void)all.restricted_to({1}).restricted_to({0}), std::invalid_argument);
  EXPECT_THROW((void)all.in_ellipsoid(Matrix::Identity(4, 4)).restricted_to({0}), std::logic_error);
}

TEST(PerturbedClassifier, FindsTheLimitThatAChangeOfSomeColumnsBreaks) {
  const PerturbedClassifier some =
      PerturbedClassifier(random_normal(9, 3, 3), classes_of(9), random_normal(3, 4, 2)).restricted_to({1, 3});
  const Box limits{RowVector::Constant(4, -1.0), RowVector::Constant(4, 1.0)};
  EXPECT_FALSE(some.most_violated_limit(limits, (Vector(2) << 0.5, -0.9).finished()).has_value());
  const auto broken = some.most_violated_limit(limits, (Vector(2) << 1.5, -3.0).finished());
  ASSERT_TRUE(broken.has_value());
  EXPECT_EQ(broken->normal, (Vector(2) << 0.0, 1.0).finished());
  EXPECT_EQ(broken->bound, -1.0);
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
    EXPECT_LE(seen, classifier.dual_operator_norm(norm) * (1.0 + reference::rounding));
    if (norm != Norm::linf) {
      EXPECT_GT(seen, 0.9 * classifier.dual_operator_norm(norm));
    }
  }
}

TEST(PerturbedClassifier, GapsAreRoundedDown) {
  const PerturbedClassifier classifier(random_normal(10, 4, 1), classes_of(10), Matrix::Identity(4, 4));
  EXPECT_LT(classifier.gap_rounded_down(2.0, 1.0, 3.0), 1.0);
  EXPECT_GT(classifier.gap_rounded_down(2.0, 1.0, 3.0), 1.0 - reference::rounding);
  EXPECT_LT(classifier.gap_rounded_down(1.0, 1.0, 3.0), 0.0);
}

TEST(MostViolatedLimit, IsTheHalfSpaceOfTheLimitBrokenByMost) {
  const PerturbedClassifier classifier(Matrix::Identity(2, 2), {0, 1}, Matrix::Identity(2, 2));
  const Box limits{RowVector{{-1.0, -1.0}}, RowVector{{1.0, 2.0}}};
  EXPECT_FALSE(classifier.most_violated_limit(limits, Vector{{1.0, -1.0}}));
  const auto above = classifier.most_violated_limit(limits, Vector{{1.5, 4.0}});
  ASSERT_TRUE(above);
  EXPECT_EQ(above->normal, (Vector{{0.0, -1.0}}));
  EXPECT_EQ(above->bound, -2.0);
  const auto below = classifier.most_violated_limit(limits, Vector{{-4.0, 2.5}});
  ASSERT_TRUE(below);
  EXPECT_EQ(below->normal, (Vector{{1.0, 0.0}}));
  EXPECT_EQ(below->bound, -1.0);
}

TEST(MostViolatedLimit, InAnEllipsoidLimitsTheChangeOfTheRow) {
  const PerturbedClassifier classifier = PerturbedClassifier(Matrix::Identity(2, 2), {0, 1}, Matrix::Identity(2, 2))
                                             .in_ellipsoid(Matrix{{4.0, 1.0}, {1.0, 2.0}});
  const Box limits{RowVector::Constant(2, -0.1), RowVector::Constant(2, 0.1)};
  const Vector u{{3.0, 1.0}};
  const auto limit = classifier.most_violated_limit(limits, u);
  ASSERT_TRUE(limit);
  // normal . u is minus the broken entry of the change.
  EXPECT_NEAR(limit->normal.dot(u), -classifier.to_row_space(u).maxCoeff(), reference::rounding);
  EXPECT_EQ(limit->bound, -0.1);
}

}  // namespace
}  // namespace holdfast::geometry
