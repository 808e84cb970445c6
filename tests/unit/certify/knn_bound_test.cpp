#include "holdfast/certify/knn_bound.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/core/error.hpp"
#include "holdfast/neighbors/classifier.hpp"
#include "reference/certification.hpp"
#include "reference/knn_bound.hpp"
#include "reference/labelled_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::certify {
namespace {

using geometry::PerturbedClassifier;
using reference::clouds;
using reference::lower_bounds;
using reference::random_normal;

/// A classifier on x under L, for perturbations of x itself.
PerturbedClassifier classifier_of(const Dataset& data, const Matrix& map) {
  return {data.x * map.transpose(), data.labels->codes, map};
}

std::vector<int> predict(const PerturbedClassifier& classifier, const Matrix& mapped, Index k, Index classes) {
  return neighbors::vote(neighbors::nearest(mapped, classifier.mapped(), k), classifier.codes(), classes);
}

TEST(KnnBound, OfTwoPointsIsHalfTheDistanceToTheBisector) {
  Dataset data;
  data.x = Matrix{{0.0, 0.0}, {4.0, 0.0}};
  data.labels = encode_labels(std::vector<std::string>{"a", "b"});
  const PerturbedClassifier classifier = classifier_of(data, Matrix::Identity(2, 2));
  const std::vector<int> codes = {0};
  for (const Norm norm : {Norm::l1, Norm::l2, Norm::linf}) {
    const auto certificates = lower_bounds(classifier, Matrix{{1.0, 5.0}}, codes, codes, 1, norm);
    EXPECT_LE(certificates[0].radius, 1.0);  // rounded down
    EXPECT_NEAR(certificates[0].radius, 1.0, reference::rounding);
    EXPECT_EQ(certificates[0].kind, BoundKind::lower_bound);
  }
}

struct Case {
  Index k;
  Norm norm;
  Index rank;
};

void PrintTo(const Case& c, std::ostream* out) { *out << "k " << c.k << ", " << name(c.norm) << ", rank " << c.rank; }

class KnnBoundCases : public testing::TestWithParam<Case> {};

TEST_P(KnnBoundCases, EqualsTheDefinition) {
  const auto [k, norm, rank] = GetParam();
  const Dataset data = clouds(70, 5, 3, 11);
  const Dataset test = clouds(40, 5, 3, 12);
  const Matrix map = random_normal(rank, 5, 13);
  const PerturbedClassifier classifier = classifier_of(data, map);
  const Matrix queries = test.x * map.transpose();
  const std::vector<int>& codes = test.labels->codes;
  const std::vector<int> predicted = predict(classifier, queries, k, 3);
  const auto certificates = lower_bounds(classifier, queries, codes, predicted, k, norm);
  int positive = 0;
  for (Index row = 0; row < 40; ++row) {
    const auto at = static_cast<std::size_t>(row);
    const double radius = certificates[at].radius;
    if (predicted[at] != codes[at]) {
      EXPECT_EQ(radius, 0.0);
      continue;
    }
    const double expected = reference::knn_bound(map, data.x, data.labels->codes, test.x.row(row), codes[at], k, norm);
    EXPECT_NEAR(radius, expected, reference::radii * (1.0 + expected)) << "row " << row;
    EXPECT_LE(radius, expected * (1.0 + reference::few_operations));
    positive += radius > 0.0 ? 1 : 0;
  }
  EXPECT_GT(positive, 10);
}

INSTANTIATE_TEST_SUITE_P(KNormRank, KnnBoundCases,
                         testing::Values(Case{1, Norm::l2, 5}, Case{1, Norm::l1, 5}, Case{1, Norm::linf, 5},
                                         Case{3, Norm::l2, 5}, Case{3, Norm::linf, 2}, Case{5, Norm::l2, 2},
                                         Case{7, Norm::l1, 3}, Case{11, Norm::l2, 5}));

TEST(KnnBound, OverTheNearestRowsIsAtMostThatOfAllPairs) {
  const Dataset data = clouds(600, 5, 3, 11);
  const Dataset test = clouds(60, 5, 3, 12);
  const Matrix map = random_normal(5, 5, 13);
  const PerturbedClassifier classifier = classifier_of(data, map);
  const Matrix queries = test.x * map.transpose();
  for (const Norm norm : {Norm::l2, Norm::l1, Norm::linf}) {
    for (const Index k : {1, 5}) {
      const std::vector<int> predicted = predict(classifier, queries, k, 3);
      const auto bounds = [&](Index nearest) {
        return lower_bounds(classifier, queries, predicted, predicted, k, {.ball = LpBall{norm}}, nearest);
      };
      const auto all = bounds(0);
      const auto some = bounds(4);
      const auto many = bounds(600);
      int smaller = 0;
      double ratio = 0.0;
      for (std::size_t row = 0; row < all.size(); ++row) {
        EXPECT_LE(some[row].radius, all[row].radius);
        EXPECT_EQ(many[row].radius, all[row].radius);
        smaller += some[row].radius < all[row].radius ? 1 : 0;
        ratio += some[row].radius / all[row].radius / static_cast<double>(all.size());
      }
      EXPECT_GT(smaller, 0) << name(norm) << " k " << k;
      EXPECT_GT(ratio, 0.7) << name(norm) << " k " << k;
    }
  }
}

TEST(KnnBound, OverTheNearestRowsStaysBelowThoseItNeverVisits) {
  // One row of the class on the right, a crowd of others behind it, and one more on the left, a little farther than the
  // crowd but with a bisector much nearer. The crowd uses up the visits; the bound must allow for the row on the left.
  Dataset data;
  data.x = Matrix::Zero(82, 2);
  data.x.row(0) << 1.0, 0.0;
  for (Index row = 1; row <= 80; ++row) data.x.row(row) << 1.5, 1e-4 * static_cast<double>(row);
  data.x.row(81) << -1.6, 0.0;
  std::vector<std::string> texts(82, "other");
  texts[0] = "own";
  data.labels = encode_labels(texts);
  const PerturbedClassifier classifier = classifier_of(data, Matrix::Identity(2, 2));
  const std::vector<int> codes = {data.labels->codes[0]};
  const auto bound = [&](Index nearest) {
    return lower_bounds(classifier, Matrix::Zero(1, 2), codes, codes, 1, {}, nearest)[0].radius;
  };
  EXPECT_NEAR(bound(0), 0.3, reference::radii);  // (1.6^2 - 1) / (2 * 2.6)
  EXPECT_LE(bound(1), bound(0));
  EXPECT_GT(bound(1), 0.2);
}

TEST(KnnBound, InAnEllipsoidIsL2OfTheStretchedSpace) {
  const Dataset data = clouds(70, 4, 3, 11);
  const Matrix map = random_normal(3, 4, 13);
  const RowVector scales{{0.5, 1.0, 2.0, 4.0}};
  const Matrix a = scales.cwiseAbs2().asDiagonal().toDenseMatrix();
  const Matrix queries = clouds(20, 4, 3, 12).x * map.transpose();
  const PerturbedClassifier classifier = classifier_of(data, map);
  const std::vector<int> predicted = predict(classifier, queries, 3, 3);
  const PerturbedClassifier stretched(classifier.mapped(), classifier.codes(),
                                      map * scales.cwiseInverse().asDiagonal());
  const auto own = lower_bounds(classifier, queries, predicted, predicted, 3, {.ball = Ellipsoid(a)});
  const auto expected = lower_bounds(stretched, queries, predicted, predicted, 3);
  for (std::size_t row = 0; row < own.size(); ++row)
    EXPECT_NEAR(own[row].radius, expected[row].radius, reference::radii);
}

TEST(KnnBound, AWrongPredictionHasRadiusZero) {
  const Dataset data = clouds(30, 3, 2, 1);
  const PerturbedClassifier classifier = classifier_of(data, Matrix::Identity(3, 3));
  const Matrix queries = data.x.topRows(1);
  const int right = data.labels->codes[0];
  const std::vector<int> codes = {1 - right};
  const std::vector<int> predicted = {right};
  EXPECT_EQ(lower_bounds(classifier, queries, codes, predicted)[0].radius, 0.0);
}

TEST(KnnBound, OneClassOnlyCannotBeChanged) {
  Dataset data = clouds(10, 3, 2, 1);
  std::fill(data.labels->codes.begin(), data.labels->codes.end(), 0);
  const PerturbedClassifier classifier = classifier_of(data, Matrix::Identity(3, 3));
  const std::vector<int> codes = {0};
  EXPECT_TRUE(std::isinf(lower_bounds(classifier, data.x.topRows(1), codes, codes)[0].radius));
  // A single other row never has a majority of three.
  data.labels->codes[9] = 1;
  const PerturbedClassifier nearly = classifier_of(data, Matrix::Identity(3, 3));
  EXPECT_TRUE(std::isinf(lower_bounds(nearly, data.x.topRows(1), codes, codes, 3)[0].radius));
}

TEST(KnnBound, DuplicatesWithOtherLabelsHaveMarginZero) {
  Dataset data = clouds(12, 3, 2, 1);
  data.x.row(1) = data.x.row(0);
  data.labels->codes[0] = 0;
  data.labels->codes[1] = 1;
  const PerturbedClassifier classifier = classifier_of(data, Matrix::Identity(3, 3));
  const std::vector<int> codes = {0};
  EXPECT_EQ(lower_bounds(classifier, data.x.topRows(1), codes, codes)[0].radius, 0.0);
}

TEST(KnnBound, ASingularMapIsHandled) {
  const Dataset data = clouds(20, 3, 2, 1);
  Matrix map = Matrix::Zero(2, 3);
  const PerturbedClassifier nothing = classifier_of(data, map);
  const std::vector<int> codes = {0};
  // No perturbation moves a row, so that no prediction changes.
  EXPECT_EQ(lower_bounds(nothing, Matrix::Zero(1, 2), codes, codes)[0].radius, std::numeric_limits<double>::infinity());
}

TEST(KnnBound, AnEvenOrAbsurdKIsRefused) {
  const Dataset data = clouds(10, 3, 2, 1);
  const PerturbedClassifier classifier = classifier_of(data, Matrix::Identity(3, 3));
  const std::vector<int> codes = {0};
  for (const Index k : {0, 2, 11, -1}) {
    EXPECT_THROW((void)lower_bounds(classifier, data.x.topRows(1), codes, codes, k), InputError) << k;
  }
}

TEST(KnnBound, OverFewerThanNoRowsIsRefused) {
  const Dataset data = clouds(10, 3, 2, 1);
  const CertifiedKnn knn(classifier_of(data, Matrix::Identity(3, 3)), {});
  const Matrix rows = data.x.topRows(1);
  EXPECT_THROW((void)knn_lower_bounds(knn, reference::problem_of(rows, rows, {0}, {0}), {.nearest = -1}),
               std::invalid_argument);
}

}  // namespace
}  // namespace holdfast::certify
