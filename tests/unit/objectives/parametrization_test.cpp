#include "holdfast/objectives/parametrization.hpp"

#include <gtest/gtest.h>

#include "reference/gradient_check.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::objectives {
namespace {

/// f(M) = tr(A M) + tr(M M) / 2 for a symmetric A.
struct Quadratic {
  Matrix a;

  double value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const {
    const Matrix m = map.transpose() * map;
    gradient = a + m;
    return (a * m).trace() + 0.5 * (m * m).trace();
  }
};

Quadratic quadratic() {
  const Matrix b = reference::random_normal(4, 4, 1);
  return {b + b.transpose()};
}

TEST(MapParametrization, GradientIsThatInTheEntriesOfL) {
  const Quadratic objective = quadratic();
  const MapParametrization function(objective, 3, 4);
  const Matrix at = reference::random_normal(12, 1, 2);
  Vector gradient(12);
  Vector unused(12);
  (void)function(at.col(0), gradient);
  const auto value = [&](const Matrix& x) { return function(x.col(0), unused); };
  EXPECT_LT(reference::gradient_error(value, at, gradient), reference::gradients);
  EXPECT_GT(reference::gradient_error(value, at, 0.5 * gradient), 0.1);  // the factor 2 of the chain rule
}

TEST(MapOfWeights, RowsWithoutWeightAreLeftOut) {
  const Matrix basis = reference::random_normal(5, 4, 3);
  const Vector weights{{4.0, 0.0, 1.0, 0.0, 0.25}};
  const Matrix map = map_of_weights(basis, weights);
  ASSERT_EQ(map.rows(), 3);
  EXPECT_LT(reference::largest_entry(map.transpose() * map - basis.transpose() * weights.asDiagonal() * basis),
            reference::rounding);
  const Matrix none = map_of_weights(basis, Vector::Zero(5));
  EXPECT_EQ(none.rows(), 1);
  EXPECT_EQ(none.norm(), 0.0);
}

TEST(BasisParametrization, GradientIsThatInTheWeightsWithThePenalty) {
  const Quadratic objective = quadratic();
  const Matrix basis = reference::random_normal(6, 4, 4);
  const Vector penalty = Vector::LinSpaced(6, 0.1, 0.6);
  const BasisParametrization function(objective, basis, penalty);
  const Matrix at = reference::random_normal(6, 1, 5).cwiseAbs().array() + 0.1;
  Vector gradient(6);
  Vector unused(6);
  (void)function.value_and_gradient_at_weights(at.col(0), gradient);
  const auto value = [&](const Matrix& w) { return function.value_and_gradient_at_weights(w.col(0), unused); };
  EXPECT_LT(reference::gradient_error(value, at, gradient), reference::gradients);
  EXPECT_GT(reference::gradient_error(value, at, gradient - penalty), reference::wrong_gradients);
}

}  // namespace
}  // namespace holdfast::objectives
