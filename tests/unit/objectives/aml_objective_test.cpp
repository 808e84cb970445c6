#include "holdfast/objectives/aml_objective.hpp"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <cmath>

#include "holdfast/linalg/products.hpp"
#include "reference/gradient_check.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::objectives {
namespace {

using reference::random_normal;

Matrix random_scatter(Index d, std::uint64_t seed) {
  const Matrix x = random_normal(3 * d, d, seed).array().rowwise() * Eigen::ArrayXd::LinSpaced(d, 0.4, 2.0).transpose();
  return linalg::transpose_product(x, x) / static_cast<double>(3 * d);
}

struct Setting {
  double alpha;
  double beta;
};

class AmlObjectiveTest : public testing::TestWithParam<Setting> {
 protected:
  Matrix a = random_scatter(5, 1);
  Matrix b = random_scatter(5, 2);
  Matrix m = random_scatter(5, 3);
  AmlObjective objective{a, b, GetParam().alpha, GetParam().beta};
};

/// The loss of pairs and of the pairs that the adversary makes of them, from the formulas of the confusion stage, with
/// difference vectors whose scatters are A and B.
TEST_P(AmlObjectiveTest, IsTheLossOfPairsAndAdversarialPairs) {
  const auto [alpha, beta] = GetParam();
  const Matrix similar = Eigen::LLT<Matrix>(a).matrixL().transpose();     // rows are differences, their scatter is A
  const Matrix dissimilar = Eigen::LLT<Matrix>(b).matrixL().transpose();  // likewise B
  const Matrix inverse = m.inverse();
  const Matrix moved = beta * m * m * (2.0 * Matrix::Identity(5, 5) + beta * m * m).inverse();
  double expected = 0.0;
  for (Index i = 0; i < 5; ++i) {
    const Vector s = similar.row(i);
    const Vector d = dissimilar.row(i);
    expected += s.dot(m * s) + d.dot(inverse * d);
    const Vector confused = moved * s;
    const Vector drawn = beta / (2.0 + beta) * d;
    expected += alpha * (confused.dot(m * confused) + drawn.dot(inverse * drawn));
  }
  EXPECT_NEAR(objective.value_at_matrix(m), expected, reference::rounding * expected);
}

TEST_P(AmlObjectiveTest, GradientEqualsCentralDifferences) {
  Matrix gradient;
  const double value = objective.value_and_gradient_at_matrix(m, gradient);
  EXPECT_DOUBLE_EQ(value, objective.value_at_matrix(m));
  // F sees the symmetric part only: as a function of all entries its gradient is that of the symmetrised argument.
  const auto at = [&](const Matrix& any) { return objective.value_at_matrix(0.5 * (any + any.transpose())); };
  EXPECT_LT(reference::gradient_error(at, m, gradient), reference::gradients);
  EXPECT_GT(reference::gradient_error(at, m, gradient - 0.1 * a),
            reference::wrong_gradients);  // a wrong gradient is rejected
}

TEST_P(AmlObjectiveTest, TheAnswerOfTheAdversaryIsItsBest) {
  // Confusion: the loss under the flipped label plus beta times the squared moves, at the midpoint's symmetric move.
  const double beta = GetParam().beta;
  const Confusion confusion{beta};
  const Vector xh = random_normal(5, 1, 7).col(0);
  const Matrix inverse = m.inverse();
  const auto cost = [&](const Vector& ph, bool similar) {
    const Vector move = 0.5 * (ph - xh);  // of each end
    const double flipped = similar ? ph.dot(inverse * ph) : ph.dot(m * ph);
    return flipped + 2.0 * beta * move.dot(m * move);
  };
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(m);
  const Vector shrunk = solver.eigenvectors() *
                        (solver.eigenvalues().unaryExpr([&](double t) { return confusion.shrinkage(t); }).asDiagonal() *
                         (solver.eigenvectors().transpose() * xh));
  Random random(5);
  for (int i = 0; i < 100; ++i) {
    Vector off(5);
    for (double& value : off) value = 0.1 * random.normal();
    EXPECT_GT(cost(shrunk + off, true), cost(shrunk, true));
    EXPECT_GT(cost(confusion.dissimilar_share() * xh + off, false), cost(confusion.dissimilar_share() * xh, false));
  }
}

TEST_P(AmlObjectiveTest, IsInfiniteOutsideTheCone) {
  Matrix indefinite = m;
  indefinite(0, 0) = -1.0;
  EXPECT_TRUE(std::isinf(objective.value_at_matrix(indefinite)));
}

INSTANTIATE_TEST_SUITE_P(Settings, AmlObjectiveTest,
                         testing::Values(Setting{0.0, 1.0}, Setting{1.0, 1.0}, Setting{10.0, 0.1}, Setting{0.3, 20.0}));

TEST(Confusion, TheSlopeIsThatOfDifferences) {
  for (const double beta : {0.1, 1.0, 10.0}) {
    const Confusion confusion{beta};
    for (const double t : {1e-3, 0.5, 1.0, 30.0}) {
      const double h = 1e-6 * t;
      EXPECT_NEAR(confusion.slope(t), (confusion.value(t + h) - confusion.value(t - h)) / (2.0 * h),
                  reference::differences * confusion.slope(t));
      const double direct = beta * beta * std::pow(t, 5) / std::pow(2.0 + beta * t * t, 2);
      EXPECT_NEAR(confusion.value(t), direct, reference::few_operations * direct);
    }
  }
}

}  // namespace
}  // namespace holdfast::objectives
