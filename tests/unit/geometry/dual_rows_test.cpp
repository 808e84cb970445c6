#include "holdfast/geometry/dual_rows.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::geometry {
namespace {

using reference::random_normal;

TEST(DualRows, DistancesAreDualNormsOfPulledBackDifferences) {
  for (const Index rank : {2, 5}) {
    const Matrix map = random_normal(rank, 5, 1);
    const PerturbedClassifier classifier(random_normal(20, 5, 2) * map.transpose(), std::vector<int>(20, 0), map);
    for (const Norm norm : {Norm::l1, Norm::l2, Norm::linf}) {
      for (const bool full_space : {false, true}) {
        const DualRows dual(classifier, norm, full_space);
        for (Index i = 1; i < 20; ++i) {
          const RowVector gradient = (classifier.mapped().row(0) - classifier.mapped().row(i)) * map;
          const double expected = length(gradient.transpose(), geometry::dual(norm));
          EXPECT_NEAR(dual.distance(0, i), expected, reference::long_sums * expected);
          EXPECT_GE(dual.distance(0, i),
                    expected * (1.0 - 4.0 * std::numeric_limits<double>::epsilon()));  // rounded up
        }
      }
    }
  }
}

TEST(DualRows, InABasisStandForTheSamePerturbations) {
  const Matrix map = random_normal(2, 5, 1);
  const PerturbedClassifier classifier(random_normal(20, 2, 2), std::vector<int>(20, 0), map);
  const DualRows dual(classifier, Norm::l2);
  EXPECT_EQ(dual.dimension(), 2);
  EXPECT_EQ(DualRows(classifier, Norm::l2, true).dimension(), 5);
  EXPECT_EQ(DualRows(classifier, Norm::linf).dimension(), 5);
  const Vector coordinates{{0.7, -0.2}};
  const Vector u = dual.lifted(coordinates);
  EXPECT_NEAR(u.norm(), coordinates.norm(), reference::rounding);
  EXPECT_LT((map * u - dual.mapped(coordinates)).norm(), reference::rounding);
  // p_i . coordinates is the product of the full-space dual row with the perturbation.
  const DualRows full(classifier, Norm::l2, true);
  EXPECT_NEAR(dual.rows().row(3).dot(coordinates), full.rows().row(3).dot(u), reference::rounding);
}

}  // namespace
}  // namespace holdfast::geometry
