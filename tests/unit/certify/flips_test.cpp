#include "holdfast/certify/flips.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "holdfast/certify/knn_bound.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/certifier.hpp"
#include "holdfast/learners/train.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::certify {
namespace {

using testing::HasSubstr;

Flip one_hot(std::vector<Index> features) {
  const auto width = static_cast<Index>(features.size());
  return {"group", std::move(features), Matrix::Identity(width, width)};
}
Flip boolean(Index feature) { return {"boolean", {feature}, (Matrix(2, 1) << 0.0, 1.0).finished()}; }

/// Clouds whose last three columns are a one-hot group and whose column before is 0 or 1, both drawn at random.
Dataset with_categories(Index rows, std::uint64_t seed) {
  Dataset data = reference::clouds(rows, 6, 2, seed);
  Random random(seed);
  for (Index row = 0; row < rows; ++row) {
    data.x(row, 2) = static_cast<double>(random.below(2));
    data.x.row(row).tail(3).setZero();
    data.x(row, 3 + static_cast<Index>(random.below(3))) = 1.0;
  }
  return data;
}

class FlipsTest : public testing::Test {
 protected:
  Dataset train_ = with_categories(80, 1);
  Dataset test_ = with_categories(30, 2);
  model::Model model_ = learners::train(train_, {.method = "euclidean", .preprocess = "none"}).model;
  ThreatModel threat_{.perturbed = std::vector<Index>{0, 1}, .flips = {boolean(2), one_hot({3, 4, 5})}};

  /// The radii of test rows with these values in the flipped columns.
  [[nodiscard]] std::vector<Certificate> radii_with(double boolean_value, Index category, std::string_view method,
                                                    Index k) const {
    Dataset moved = test_;
    moved.x.col(2).setConstant(boolean_value);
    moved.x.rightCols(3).setZero();
    moved.x.col(3 + category).setOnes();
    ThreatModel threat = threat_;
    threat.flips.clear();
    const CertifiedKnn knn(model_, threat);
    return evaluate::radii(knn, knn.problem(moved, {.k = k}), evaluate::find_certifier(method)).certificates;
  }
};

TEST_F(FlipsTest, RowsTakeEveryCombinationButTheirOwn) {
  const FlippedRows flipped = flipped_rows(test_.x, threat_.flips);
  EXPECT_EQ(flipped.rows.rows(), 30 * 5);
  EXPECT_EQ(static_cast<Index>(flipped.of.size()), 30 * 5);
  for (Index at = 0; at < flipped.rows.rows(); ++at) {
    const RowVector from = test_.x.row(flipped.of[static_cast<std::size_t>(at)]);
    const RowVector to = flipped.rows.row(at);
    EXPECT_EQ(to.head(2), from.head(2));
    EXPECT_NE(to, from);
    EXPECT_EQ(to.tail(3).sum(), 1.0);
  }
}

TEST_F(FlipsTest, ARowWithoutACategoryTakesAllOfThem) {
  Matrix row = test_.x.topRows(1);
  row.rightCols(3).setZero();  // a category that the model does not know
  EXPECT_EQ(flipped_rows(row, threat_.flips).rows.rows(), 6);
}

TEST_F(FlipsTest, TooManyCombinationsAreRefused) {
  std::vector<Flip> flips;
  for (Index i = 0; i < 14; ++i) flips.push_back(boolean(2));
  EXPECT_THAT(reference::message_of([&] { return flipped_rows(test_.x, flips); }),
              HasSubstr("has 16384 combinations of values per row, more than 10000"));
}

TEST_F(FlipsTest, TheRadiusIsTheSmallestOverAllValues) {
  const CertifiedKnn knn(model_, threat_);
  for (const Index k : {1, 3}) {
    const CertificationProblem problem = knn.problem(test_, {.k = k});
    for (const char* method : {"fast", "bound", "exact", "attack"}) {
      const auto found = evaluate::radii(knn, problem, evaluate::find_certifier(method)).certificates;
      ASSERT_EQ(found.size(), 30U);
      std::vector<double> least(30, INFINITY);
      for (const double boolean_value : {0.0, 1.0}) {
        for (const Index category : {0, 1, 2}) {
          const auto some = radii_with(boolean_value, category, method, k);
          for (std::size_t row = 0; row < 30; ++row) least[row] = std::min(least[row], some[row].radius);
        }
      }
      Index smaller = 0;
      for (std::size_t row = 0; row < 30; ++row) {
        const double expected = problem.predicted[row] == problem.classes[row] ? least[row] : 0.0;
        // The random steps of an attack differ from row to row.
        const double differs = std::string_view(method) == "attack" ? reference::random_attacks * expected : 0.0;
        EXPECT_NEAR(found[row].radius, expected, differs) << method << ", k " << k << ", row " << row;
        smaller += found[row].radius > 0.0 ? 1 : 0;
      }
      EXPECT_GT(smaller, 10);
    }
  }
}

TEST_F(FlipsTest, WitnessesFlipAndMoveOnlyWhatMayChange) {
  const CertifiedKnn knn(model_, threat_);
  const CertificationProblem problem = knn.problem(test_, {.k = 3});
  const model::Predictor predictor(model_);
  Index by_flip_alone = 0;
  for (const char* method : {"exact", "attack"}) {
    const evaluate::Radii radii = evaluate::radii(knn, problem, evaluate::find_certifier(method));
    for (std::size_t row = 0; row < 30; ++row) {
      if (problem.predicted[row] != problem.classes[row]) continue;
      const Certificate& certificate = radii.certificates[row];
      ASSERT_TRUE(certificate.witness.has_value()) << row;
      const RowVector& witness = *certificate.witness;
      const int label = predictor.predict(Matrix(witness), 3)[0];
      EXPECT_NE(label, problem.classes[row]);
      if (!radii.labels.empty()) {
        EXPECT_EQ(label, radii.labels[row]);
      }
      EXPECT_EQ(witness.tail(3).sum(), 1.0);
      EXPECT_EQ(witness.tail(4), witness.tail(4).cwiseAbs().cwiseMin(1.0));
      const RowVector moved = witness.head(2) - problem.rows.row(static_cast<Index>(row)).head(2);
      EXPECT_NEAR(moved.norm(), certificate.upper_end(), reference::other_search * (1.0 + moved.norm()));
      if (certificate.radius == 0.0) ++by_flip_alone;
    }
  }
  EXPECT_GT(by_flip_alone, 0);
}

TEST_F(FlipsTest, RowsOfTheTrainingSetLeaveThemselvesOutInAllVariants) {
  const CertifiedKnn knn(model_, threat_);
  std::vector<Index> own(static_cast<std::size_t>(train_.rows()));
  std::iota(own.begin(), own.end(), Index{0});
  const CertificationProblem problem = knn.problem(train_, {.left_out = own});
  const ExpandedProblem expanded(problem);
  ASSERT_EQ(expanded.problem().size(), 80 * 6);
  for (Index at = 0; at < 80 * 5; ++at) {
    EXPECT_EQ(expanded.problem().left_out_of(80 + at), problem.variants.of[static_cast<std::size_t>(at)]);
  }
}

TEST_F(FlipsTest, AProblemWithVariantsIsNotCertifiedUnexpanded) {
  const CertifiedKnn knn(model_, threat_);
  EXPECT_THROW((void)knn_lower_bounds(knn, knn.problem(test_)), std::invalid_argument);
}

TEST_F(FlipsTest, TheFirstRowsKeepTheirVariants) {
  const CertificationProblem all = CertifiedKnn(model_, threat_).problem(test_);
  const CertificationProblem some = all.first(4);
  EXPECT_EQ(some.variants.size(), 4 * 5);
  EXPECT_EQ(some.variants.rows, all.variants.rows.topRows(20));
  EXPECT_EQ(some.variants.predicted.size(), 20U);
}

TEST(ExpandedProblem, AnIntervalThatMayBeSmallerMakesTheSmallestAnInterval) {
  CertificationProblem problem{
      .rows = Matrix::Zero(1, 1), .queries = Matrix::Zero(1, 1), .classes = {0}, .predicted = {0}};
  problem.variants = {{0}, Matrix::Ones(1, 1), Matrix::Ones(1, 1), {0}};
  const ExpandedProblem expanded(problem);
  std::vector<int> labels;
  std::vector<Certificate> certificates = {{0.5, BoundKind::exact, RowVector::Constant(1, 7.0), 0.5},
                                           {0.4, BoundKind::lower_bound, std::nullopt, 0.6}};
  expanded.reduce(certificates, labels);
  ASSERT_EQ(certificates.size(), 1U);
  EXPECT_EQ(certificates[0].radius, 0.4);
  EXPECT_EQ(certificates[0].upper, 0.5);
  EXPECT_EQ(certificates[0].kind, BoundKind::lower_bound);
  EXPECT_EQ(certificates[0].witness, RowVector::Constant(1, 7.0));
}

}  // namespace
}  // namespace holdfast::certify
