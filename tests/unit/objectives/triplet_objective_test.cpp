#include "holdfast/objectives/triplet_objective.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "holdfast/core/parallel.hpp"
#include "reference/gradient_check.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"
#include "reference/triplet_objective.hpp"

namespace holdfast::objectives {
namespace {

/// Asymmetric data, unequal weights, a map that is not square.
class TripletObjectiveTest : public testing::Test {
 protected:
  static Labels make_labels() {
    std::vector<std::string> texts;
    for (int row = 0; row < 40; ++row) texts.push_back(std::to_string(row % 7 < 3 ? 0 : row % 7 < 6 ? 1 : 2));
    return encode_labels(texts);
  }

  Matrix x = reference::random_normal(40, 5, 1).array().rowwise() * Eigen::ArrayXd::LinSpaced(5, 0.3, 2.0).transpose();
  constraints::TripletSet set = constraints::triplets_from_labels(x, make_labels(), {.targets = 2, .impostors = 4});
  double mu = 0.3;
  double lambda = 2.5;
  double tau = 0.6;
  TripletObjective objective{x, set, mu, {{HingeLoss{}, 1.0 - mu}, {PerturbationLoss{tau}, lambda}}};
  Matrix map = 0.5 * reference::random_normal(4, 5, 2);
};

TEST_F(TripletObjectiveTest, ValueEqualsTheFormula) {
  const double expected = reference::lmnn_pl_objective(map.transpose() * map, x, set, mu, lambda, tau);
  EXPECT_NEAR(objective.value_at_map(map), expected, reference::rounding * expected);
}

TEST_F(TripletObjectiveTest, EachTermAloneEqualsTheFormula) {
  const Matrix m = map.transpose() * map;
  const TripletObjective pull(x, set, 1.0, {});
  EXPECT_NEAR(pull.value_at_map(map), reference::lmnn_pl_objective(m, x, set, 1.0, 0.0, 1.0), reference::rounding);
  const TripletObjective push(x, set, 0.0, {{HingeLoss{}, 1.0}});
  EXPECT_NEAR(push.value_at_map(map), reference::lmnn_pl_objective(m, x, set, 0.0, 0.0, 1.0), reference::rounding);
}

/// G in M, as the gradient 2 L G of the map, against differences of the map.
double map_gradient_error(const TripletObjective& objective, const Matrix& map) {
  Matrix gradient;
  const double value = objective.value_and_gradient_at_map(map, gradient);
  EXPECT_DOUBLE_EQ(value, objective.value_at_map(map));
  return reference::gradient_error([&](const Matrix& at) { return objective.value_at_map(at); }, map,
                                   2.0 * map * gradient);
}

TEST_F(TripletObjectiveTest, WeightsOfRowsCountLikeRepeatedPairsAndTriplets) {
  std::vector<double> weights(40, 1.0);
  weights[3] = 3.0;
  weights[8] = 0.0;
  constraints::TripletSet repeated;
  const auto times = [&](std::int32_t anchor) { return static_cast<int>(weights[static_cast<std::size_t>(anchor)]); };
  for (const linalg::RowPair& pair : set.near_pairs) {
    for (int i = 0; i < times(pair.first); ++i) repeated.near_pairs.push_back(pair);
  }
  for (const constraints::Triplet& triplet : set.triplets) {
    for (int i = 0; i < times(triplet.anchor); ++i) repeated.triplets.push_back(triplet);
  }
  const std::vector<TripletTerm> terms = {{HingeLoss{}, 1.0 - mu}, {PerturbationLoss{tau}, lambda}};
  const TripletObjective weighted(x, set, mu, terms, weights);
  const TripletObjective as_copies(x, repeated, mu, terms);
  Matrix gradient;
  Matrix expected;
  EXPECT_NEAR(weighted.value_and_gradient_at_map(map, gradient), as_copies.value_and_gradient_at_map(map, expected),
              reference::rounding);
  EXPECT_LT((gradient - expected).norm(), reference::rounding * expected.norm());
}

TEST_F(TripletObjectiveTest, GradientEqualsCentralDifferences) {
  EXPECT_LT(map_gradient_error(objective, map), reference::gradients);
  EXPECT_LT(map_gradient_error(TripletObjective(x, set, 0.0, {{PerturbationLoss{tau}, 1.0}}), map),
            reference::gradients);
  EXPECT_LT(map_gradient_error(TripletObjective(x, set, 0.7, {}), map), reference::gradients);
  EXPECT_LT(map_gradient_error(TripletObjective(x, set, 0.0, {{MarginLoss{tau}, 1.0}}), map), reference::gradients);
  const double unbounded = std::numeric_limits<double>::infinity();
  EXPECT_LT(map_gradient_error(TripletObjective(x, set, 0.0, {{MarginLoss{unbounded}, 1.0}}), map),
            reference::gradients);
}

TEST_F(TripletObjectiveTest, AWrongGradientIsRejected) {
  Matrix gradient;
  objective.value_and_gradient_at_map(map, gradient);
  const auto value = [&](const Matrix& at) { return objective.value_at_map(at); };
  EXPECT_GT(reference::gradient_error(value, map, 2.001 * map * gradient), reference::wrong_gradients);
  gradient(0, 1) += 0.01 * gradient.cwiseAbs().maxCoeff();
  EXPECT_GT(reference::gradient_error(value, map, 2.0 * map * gradient), reference::wrong_gradients);
}

TEST_F(TripletObjectiveTest, GradientInTheMatrixIsSymmetric) {
  Matrix gradient;
  objective.value_and_gradient_at_map(map, gradient);
  EXPECT_LT(reference::largest_entry(gradient - gradient.transpose()),
            reference::rounding * gradient.cwiseAbs().maxCoeff());
}

TEST_F(TripletObjectiveTest, EvaluationIsPureAndHasTheSameBitsForAnyNumberOfThreads) {
  Matrix first;
  Matrix second;
  const int before = thread_count();
  set_thread_count(1);
  const double value = objective.value_and_gradient_at_map(map, first);
  (void)objective.value_at_map(2.0 * map);
  set_thread_count(3);
  EXPECT_EQ(objective.value_and_gradient_at_map(map, second), value);
  set_thread_count(before);
  EXPECT_EQ(first, second);
}

TEST_F(TripletObjectiveTest, GeometryGivesTheGapAndTheGradientNorm) {
  const Matrix m = map.transpose() * map;
  const TripletGeometry geometry = objective.geometry(map);
  for (std::size_t t = 0; t < set.triplets.size(); ++t) {
    const auto& [i, j, l] = set.triplets[t];
    const double gap =
        reference::squared_distance(m, x.row(i), x.row(l)) - reference::squared_distance(m, x.row(i), x.row(j));
    EXPECT_NEAR(geometry.gap[static_cast<Index>(t)], gap, reference::rounding);
    EXPECT_NEAR(geometry.gradient_norm_squared[static_cast<Index>(t)],
                (m * (x.row(j) - x.row(l)).transpose()).squaredNorm(), reference::rounding);
  }
}

TEST_F(TripletObjectiveTest, TheSupportPointIsEquallyFarFromTargetAndImpostor) {
  const Matrix m = map.transpose() * map;
  const TripletGeometry geometry = objective.geometry(map);
  int checked = 0;
  for (std::size_t t = 0; t < set.triplets.size(); ++t) {
    const auto& [i, j, l] = set.triplets[t];
    const double gap = geometry.gap[static_cast<Index>(t)];
    const double q = geometry.gradient_norm_squared[static_cast<Index>(t)];
    if (gap <= 0.0) continue;
    const RowVector support = x.row(i) - gap / (2.0 * q) * (x.row(j) - x.row(l)) * m;
    EXPECT_NEAR((support - x.row(i)).norm(), adversarial_margin(gap, q), reference::rounding);
    EXPECT_NEAR(reference::squared_distance(m, support, x.row(j)), reference::squared_distance(m, support, x.row(l)),
                reference::rounding);
    ++checked;
  }
  EXPECT_GT(checked, 10);
}

TEST(PerturbationLoss, IsZeroBeyondTheMarginAndConstantForViolatedTriplets) {
  const PerturbationLoss loss{0.5};
  EXPECT_EQ(loss(10.0, 1.0).value, 0.0);
  EXPECT_EQ(loss(10.0, 1.0).gap_slope, 0.0);
  EXPECT_EQ(loss(-1.0, 1.0).value, 0.25);
  EXPECT_EQ(loss(-1.0, 1.0).gap_slope, 0.0);
  EXPECT_EQ(loss(0.0, 1.0).value, 0.25);
}

TEST(PerturbationLoss, StaysFiniteWhereTargetAndImpostorCoincide) {
  const LossSlope at = PerturbationLoss{0.5}(0.0, 0.0);
  EXPECT_EQ(at.value, 0.25);
  EXPECT_EQ(at.gap_slope, 0.0);
}

TEST_F(TripletObjectiveTest, TheMarginLossIsMinusTheSignedMarginAndDoesNotSeeTheScale) {
  const double unbounded = std::numeric_limits<double>::infinity();
  const Matrix m = map.transpose() * map;
  double margins = 0.0;
  double short_of = 0.0;
  for (const constraints::Triplet& t : set.triplets) {
    const double gap = reference::squared_distance(m, x.row(t.anchor), x.row(t.impostor)) -
                       reference::squared_distance(m, x.row(t.anchor), x.row(t.target));
    const double margin = gap / (2.0 * (m * (x.row(t.target) - x.row(t.impostor)).transpose()).norm());
    margins += margin;
    short_of += std::max(0.0, tau - margin);
  }
  const auto count = static_cast<double>(set.triplets.size());
  const TripletObjective signed_margin(x, set, 0.0, {{MarginLoss{unbounded}, 1.0}});
  EXPECT_NEAR(signed_margin.value_at_map(map), -margins / count, reference::rounding);
  EXPECT_NEAR(signed_margin.value_at_map(7.0 * map), -margins / count, reference::rounding);
  EXPECT_NEAR(TripletObjective(x, set, 0.0, {{MarginLoss{tau}, 1.0}}).value_at_map(map), short_of / count,
              reference::rounding);
}

/// A loss that the library does not know.
struct SquaredHinge {
  static constexpr bool uses_gradient_norm = false;
  LossSlope operator()(double gap, double /*gradient_norm_squared*/) const {
    const double short_of = std::max(0.0, 1.0 - gap);
    return {short_of * short_of, -2.0 * short_of, 0.0};
  }
};

TEST_F(TripletObjectiveTest, AnyTypeThatIsATripletLossIsATerm) {
  const TripletObjective squared(x, set, 0.0, {{SquaredHinge{}, 2.0}});
  const TripletGeometry geometry = squared.geometry(map);
  const double mean = (1.0 - geometry.gap.array()).max(0.0).square().mean();
  EXPECT_NEAR(squared.value_at_map(map), 2.0 * mean, reference::rounding * mean);
  EXPECT_LT(map_gradient_error(squared, map), reference::gradients);
}

}  // namespace
}  // namespace holdfast::objectives
