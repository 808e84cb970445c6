#include "holdfast/certify/check.hpp"

#include <gtest/gtest.h>

#include "holdfast/certify/exact_nn.hpp"
#include "holdfast/certify/knn_bound.hpp"
#include "holdfast/neighbors/classifier.hpp"
#include "reference/labelled_data.hpp"

namespace holdfast::certify {
namespace {

using reference::clouds;
using reference::random_normal;

class CheckerTest : public testing::Test {
 protected:
  [[nodiscard]] std::vector<int> predict(const Matrix& queries, Index k) const {
    return neighbors::vote(neighbors::nearest(queries, classifier_.mapped(), k), classifier_.codes(), 3);
  }

  Dataset data_ = clouds(90, 4, 3, 11);
  Matrix map_ = random_normal(3, 4, 13);
  PerturbedClassifier classifier_{data_.x * map_.transpose(), data_.labels->codes, map_, Space::preprocessed};
  Matrix rows_ = clouds(20, 4, 3, 12).x;
  Matrix queries_ = rows_ * map_.transpose();
};

TEST_F(CheckerTest, PredictsAsTheClassifier) {
  for (const Index k : {1, 3, 7}) {
    const Checker checker(classifier_, k, Norm::l2);
    const std::vector<int> expected = predict(queries_, k);
    for (Index row = 0; row < queries_.rows(); ++row) {
      EXPECT_EQ(checker.predict(queries_.row(row)), expected[static_cast<std::size_t>(row)]);
    }
  }
}

TEST_F(CheckerTest, HoldsBoundsToTheDefinition) {
  for (const Norm norm : {Norm::l2, Norm::l1, Norm::linf}) {
    for (const Index k : {1, 5}) {
      const Checker checker(classifier_, k, norm);
      const std::vector<int> predicted = predict(queries_, k);
      const auto bounds = knn_lower_bounds(classifier_, queries_, predicted, predicted, {.k = k, .norm = norm});
      for (Index row = 0; row < queries_.rows(); ++row) {
        const auto at = static_cast<std::size_t>(row);
        const auto fault = [&](double factor) {
          return checker.fault(queries_.row(row), predicted[at], {bounds[at].radius * factor, BoundKind::lower_bound});
        };
        EXPECT_EQ(fault(1.0), std::nullopt);
        EXPECT_EQ(fault(0.5), std::nullopt);
        if (bounds[at].radius > 0.0) {
          EXPECT_NE(fault(1.0 + 1e-6), std::nullopt);
        }
      }
    }
  }
}

TEST_F(CheckerTest, HoldsExactRadiiFromBothSides) {
  const Checker checker(classifier_, 1, Norm::l2);
  const std::vector<int> predicted = predict(queries_, 1);
  const auto exact = exact_nn_radii(classifier_, queries_, rows_, predicted, predicted);
  for (Index row = 0; row < rows_.rows(); ++row) {
    const auto at = static_cast<std::size_t>(row);
    const RowVector& witness = *exact[at].witness;
    const auto fault = [&](double radius, const RowVector& claimed) {
      return checker.fault(queries_.row(row), predicted[at],
                           {radius, BoundKind::exact, Vector((claimed - rows_.row(row)).transpose()),
                            RowVector(claimed * map_.transpose())});
    };
    EXPECT_EQ(fault(exact[at].radius, witness), std::nullopt);
    EXPECT_NE(fault(exact[at].radius * (1.0 - 1e-6), witness), std::nullopt);  // the witness is outside
    EXPECT_NE(fault(exact[at].radius, rows_.row(row)), std::nullopt);          // the row itself changes nothing
    // Too large from below, whatever the witness.
    EXPECT_NE(checker.fault(queries_.row(row), predicted[at], {exact[at].radius * (1.0 + 1e-4), BoundKind::exact}),
              std::nullopt);
  }
}

TEST_F(CheckerTest, ARightRadiusOfAWrongPredictionIsZero) {
  const Checker checker(classifier_, 1, Norm::l2);
  const int other = (predict(queries_, 1)[0] + 1) % 3;
  EXPECT_EQ(checker.fault(queries_.row(0), other, {0.0, BoundKind::exact}), std::nullopt);
  EXPECT_NE(checker.fault(queries_.row(0), other, {0.1, BoundKind::exact}), std::nullopt);
}

TEST_F(CheckerTest, MeasuresAnEllipsoidByIt) {
  const Matrix a = Vector{{1.0, 4.0, 9.0, 0.25}}.asDiagonal();
  const PerturbedClassifier measured = classifier_.in_ellipsoid(a);
  const Checker checker(measured, 1, Norm::ellipsoid);
  const std::vector<int> predicted = predict(queries_, 1);
  const auto exact = exact_nn_radii(measured, queries_, rows_, predicted, predicted);
  for (Index row = 0; row < rows_.rows(); ++row) {
    const auto at = static_cast<std::size_t>(row);
    const RowVector& witness = *exact[at].witness;
    const Claim claim{exact[at].radius, BoundKind::exact, Vector((witness - rows_.row(row)).transpose()),
                      RowVector(witness * map_.transpose())};
    EXPECT_EQ(checker.fault(queries_.row(row), predicted[at], claim), std::nullopt);
  }
}

}  // namespace
}  // namespace holdfast::certify
