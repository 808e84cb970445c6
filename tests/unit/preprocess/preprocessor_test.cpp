#include "holdfast/preprocess/preprocessor.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/core/error.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::preprocess {
namespace {

using reference::random_normal;

Matrix correlated(Index rows, Index dimension, std::uint64_t seed) {
  return (random_normal(rows, dimension, seed) * random_normal(dimension, dimension, seed + 1)).array() + 3.0;
}

std::string message_of(const char* specification, const Matrix& x) {
  try {
    (void)Preprocessor::fit(specification, x);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Preprocessor, StandardizeDividesByThePopulationDeviation) {
  const Matrix x = Matrix{{1.0, 5.0}, {3.0, 5.0}};
  EXPECT_EQ(Preprocessor::fit("standardize", x).apply(x), (Matrix{{-1.0, 0.0}, {1.0, 0.0}}));
}

TEST(Preprocessor, MinmaxMapsTheTrainingRowsToZeroToOne) {
  const Matrix x = Matrix{{1.0, 7.0}, {3.0, 7.0}, {2.0, 7.0}};
  const Preprocessor fitted = Preprocessor::fit("minmax", x);
  EXPECT_EQ(fitted.apply(x), (Matrix{{0.0, 0.0}, {1.0, 0.0}, {0.5, 0.0}}));
  EXPECT_EQ(fitted.apply(Matrix{{5.0, 8.0}}), (Matrix{{2.0, 0.0}}));
}

TEST(Preprocessor, AConstantColumnStaysZeroWhateverItsMeanRoundsTo) {
  const Matrix x = Matrix::Constant(7, 1, 0.1);
  EXPECT_LT(reference::largest_entry(Preprocessor::fit("standardize", x).apply(x)), reference::few_operations);
}

TEST(Preprocessor, UnitRowsHaveLengthOneAndZeroRowsStay) {
  const Matrix x = Matrix{{3.0, 4.0}, {0.0, 0.0}};
  const Preprocessor fitted = Preprocessor::fit("unit", x);
  EXPECT_LT(reference::largest_entry(fitted.apply(x) - Matrix{{0.6, 0.8}, {0.0, 0.0}}), reference::few_operations);
  EXPECT_LT(reference::largest_entry(fitted.apply(Matrix{{3e200, 4e200}}) - Matrix{{0.6, 0.8}}),
            reference::few_operations);  // whose squares overflow
  EXPECT_FALSE(fitted.is_affine());
  EXPECT_THROW((void)fitted.folded(), std::logic_error);
}

TEST(Preprocessor, PcaKeepsDistancesWhenNothingIsDropped) {
  const Matrix x = correlated(30, 4, 1);
  const Matrix mapped = Preprocessor::fit("pca:4", x).apply(x);
  EXPECT_NEAR((mapped.row(0) - mapped.row(7)).norm(), (x.row(0) - x.row(7)).norm(), reference::rounding);
  // Components come by falling variance, uncorrelated.
  const Matrix covariance = mapped.transpose() * mapped / 30.0;
  for (Index k = 1; k < 4; ++k) EXPECT_GE(covariance(k - 1, k - 1), covariance(k, k));
  EXPECT_LT(reference::largest_entry(covariance - Matrix(covariance.diagonal().asDiagonal())), reference::long_sums);
}

TEST(Preprocessor, TheLargestEntryOfAComponentIsPositive) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Step projection = Preprocessor::fit("pca:4", correlated(30, 4, seed)).steps().front();
    for (Index row = 0; row < 4; ++row) {
      EXPECT_EQ(projection.map.row(row).maxCoeff(), projection.map.row(row).cwiseAbs().maxCoeff());
    }
  }
}

TEST(Preprocessor, PcaFractionKeepsTheFewestComponentsThatCoverIt) {
  Matrix x = random_normal(2000, 3, 1);
  x.col(0) *= 10.0;
  x.col(1) *= 3.0;
  EXPECT_EQ(Preprocessor::fit("pca:0.8", x).output_dimension(), 1);
  EXPECT_EQ(Preprocessor::fit("pca:0.95", x).output_dimension(), 2);
  EXPECT_EQ(Preprocessor::fit("pca:1.0", x).output_dimension(), 3);
}

TEST(Preprocessor, WhitenedRowsHaveUnitCovarianceAndNoEmptyDirections) {
  Matrix x = correlated(50, 4, 2);
  x.col(3) = x.col(0) + x.col(1);
  const Matrix mapped = Preprocessor::fit("whiten", x).apply(x);
  ASSERT_EQ(mapped.cols(), 3);
  EXPECT_LT(reference::largest_entry(mapped.transpose() * mapped / 50.0 - Matrix::Identity(3, 3)), reference::spectral);
}

TEST(Preprocessor, WhitenedRowsThatAreAllTheSameAreZero) {
  const Matrix x = Matrix::Constant(6, 2, 3.0);
  EXPECT_EQ(Preprocessor::fit("whiten", x).apply(x), Matrix::Zero(6, 1));
}

TEST(Preprocessor, StepsFollowOneAnotherAndFoldIntoOneMap) {
  const Matrix x = correlated(40, 5, 3);
  for (const char* specification :
       {"none", "center", "standardize,pca:3", "minmax,whiten", "pca:4,standardize,minmax"}) {
    const Preprocessor fitted = Preprocessor::fit(specification, x);
    EXPECT_EQ(fitted.specification(), specification);
    const AffineMap map = fitted.folded();
    const Matrix folded = (x * map.weight.transpose()).rowwise() + map.offset;
    EXPECT_LT(reference::largest_entry(folded - fitted.apply(x)), reference::long_sums) << specification;
  }
}

TEST(Preprocessor, AutoStandardizesOnlyWhereColumnsDifferInScale) {
  Matrix x = random_normal(100, 3, 1);
  EXPECT_EQ(Preprocessor::fit("auto", x).specification(), "center");
  x.col(2) *= 100.0;
  EXPECT_EQ(Preprocessor::fit("auto", x).specification(), "standardize");
  // Deviations of 1, 1 and 3 or 5.
  const Matrix narrow{{1.0, -1.0, 3.0}, {-1.0, 1.0, -3.0}};
  EXPECT_EQ(Preprocessor::fit("auto", narrow).specification(), "center");
  const Matrix wide{{1.0, -1.0, 5.0}, {-1.0, 1.0, -5.0}};
  EXPECT_EQ(Preprocessor::fit("auto", wide).specification(), "standardize");
  EXPECT_EQ(Preprocessor::fit("auto,pca:2", x).specification(), "standardize,pca:2");
}

TEST(Preprocessor, MoreColumnsThanRowsIsFine) {
  const Matrix x = random_normal(5, 20, 1);
  EXPECT_TRUE(Preprocessor::fit("whiten", x).apply(x).allFinite());
  EXPECT_EQ(Preprocessor::fit("whiten", x).output_dimension(), 4);
}

TEST(Preprocessor, BadSpecificationsAreRefusedWithTheChoices) {
  const Matrix x = random_normal(5, 3, 1);
  EXPECT_EQ(
      message_of("scale", x),
      "preprocess \"scale\": must be auto, none, center, standardize, minmax, unit, pca:K, pca:FRACTION or whiten "
      "(several: comma-separated, in order)");
  EXPECT_EQ(message_of("pca:4", x), "preprocess \"pca:4\": must be at most 3, the number of columns");
  for (const char* bad : {"pca:", "pca:x", "pca:0", "pca:-1", "pca:1.5"}) {
    EXPECT_NE(message_of(bad, x).find("must be a number of components (pca:50) or a fraction"), std::string::npos)
        << bad;
  }
}

TEST(Preprocessor, ValuesWhoseSquaresLeaveTheRangeAreScaled) {
  for (const double size : {1e-170, 1e200}) {
    const Matrix x = size * Matrix{{1.0, 0.0}, {-1.0, 1.0}, {0.0, 2.0}};
    for (const char* specification : {"standardize", "whiten", "auto"}) {
      const Matrix scaled = Preprocessor::fit(specification, x).apply(x);
      EXPECT_LT(reference::largest_entry(scaled.colwise().squaredNorm() / 3.0 - RowVector::Ones(2)),
                reference::spectral)
          << specification;
    }
  }
}

TEST(Preprocessor, ColumnsThatDifferByRoundingAreConstant) {
  const Matrix x{{3.7, 1.0}, {std::nextafter(3.7, 4.0), 2.0}, {std::nextafter(3.7, 3.0), 4.0}};
  EXPECT_TRUE(is_constant(x, 0));
  EXPECT_FALSE(is_constant(x, 1));
  for (const char* specification : {"standardize", "minmax"}) {
    EXPECT_LT(reference::largest_entry(Preprocessor::fit(specification, x).apply(x).col(0)), reference::few_operations);
  }
}

TEST(Preprocessor, ValuesWhoseMeanOverflowsAreRefused) {
  const Matrix x = Matrix{{1.7e308}, {1.7e308}, {-1.7e308}};
  EXPECT_NE(message_of("center", x).find("too large to be scaled"), std::string::npos);
}

TEST(Preprocessor, TakesRowsOfAsManyEntriesAsItWasFittedTo) {
  for (const char* specification : {"none", "center", "pca:2"}) {
    const Preprocessor fitted = Preprocessor::fit(specification, random_normal(9, 3, 1));
    EXPECT_THROW((void)fitted.apply(Matrix::Zero(2, 4)), std::invalid_argument) << specification;
  }
}

TEST(Preprocessor, StepsThatDoNotFitTogetherAreRefused) {
  std::vector<Step> steps = Preprocessor::fit("pca:2", random_normal(9, 3, 1)).steps();
  EXPECT_NO_THROW(Preprocessor(3, steps));
  EXPECT_THROW(Preprocessor(4, steps), std::invalid_argument);
}

TEST(Preprocessor, RestoreGivesTheRowsBack) {
  Matrix x = reference::random_normal(40, 5, 3);
  x.col(2).setConstant(7.0);
  for (const char* specification : {"none", "center", "standardize", "minmax", "standardize,minmax"}) {
    const Preprocessor fitted = Preprocessor::fit(specification, x);
    EXPECT_LT((fitted.restore(fitted.apply(x)) - x).norm(), reference::rounding * x.norm()) << specification;
  }
  // What a projection left out is at its mean; what it kept is exact.
  for (const char* specification : {"whiten", "pca:2", "standardize,pca:3"}) {
    const Preprocessor fitted = Preprocessor::fit(specification, x);
    const Matrix prepared = fitted.apply(x);
    const Matrix restored = fitted.restore(prepared);
    EXPECT_LT((fitted.apply(restored) - prepared).norm(), reference::long_sums * prepared.norm()) << specification;
    EXPECT_LE((restored.rowwise() - restored.colwise().mean()).norm(), (x.rowwise() - x.colwise().mean()).norm());
  }
  EXPECT_THROW((void)Preprocessor::fit("unit", x).restore(x), std::logic_error);
}

}  // namespace
}  // namespace holdfast::preprocess
