#include "holdfast/learners/aml.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>

#include "holdfast/learners/gmml.hpp"
#include "holdfast/objectives/aml_objective.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::learners {
namespace {

using constraints::Scatters;
using reference::clouds;
using reference::message_of;
using reference::scatters_of_clouds;

TEST(Aml, WithoutAnAdversaryIsGmml) {
  const Scatters s = scatters_of_clouds();
  const Matrix gmml = fit_gmml(s).metric.matrix();
  for (const auto solver : {AmlOptions::Solver::bilevel, AmlOptions::Solver::alternating}) {
    const Matrix m = fit_aml(s, {.alpha = 0.0, .solver = solver}).metric.matrix();
    EXPECT_LT((m - gmml).norm(), reference::spectral * gmml.norm());
  }
}

TEST(Aml, BothStartsReachTheSameStationaryPoint) {
  const Scatters s = scatters_of_clouds();
  for (const double alpha : {0.1, 10.0}) {
    for (const double beta : {0.1, 10.0}) {
      const objectives::AmlObjective objective(s.similar, s.dissimilar, alpha, beta);
      const Fit one = fit_aml(s, {.alpha = alpha, .beta = beta});
      const Fit other = fit_aml(s, {.alpha = alpha, .beta = beta, .start = AmlOptions::Start::identity});
      EXPECT_NEAR(one.report.objective, other.report.objective, reference::minima * one.report.objective);
      EXPECT_NEAR(one.report.objective, objective.value_at_matrix(one.metric.matrix()),
                  reference::long_sums * one.report.objective);
      Matrix gradient;
      const Matrix m = one.metric.matrix();
      objective.value_and_gradient_at_matrix(m, gradient);
      EXPECT_LT((m * gradient).norm(),
                reference::minimizers * one.report.objective);  // relative change per relative change of M
      EXPECT_TRUE(one.report.converged());
    }
  }
}

TEST(Aml, TheFixedPointOfTheAlternationSatisfiesBothSteps) {
  const Scatters s = scatters_of_clouds();
  const double alpha = 1.0;
  const double beta = 0.5;
  const Fit fit =
      fit_aml(s, {.alpha = alpha, .beta = beta, .solver = AmlOptions::Solver::alternating, .tolerance = 1e-20});
  const Matrix m = fit.metric.matrix();
  const Matrix moved = (beta * m * m * (2.0 * Matrix::Identity(6, 6) + beta * m * m).inverse()).eval();
  const double c = beta / (2.0 + beta);
  const Matrix a = s.similar + alpha * moved * s.similar * moved;
  const Matrix b = (1.0 + alpha * c * c) * s.dissimilar;
  EXPECT_LT((m * a * m - b).norm(), reference::minima * b.norm());
  EXPECT_GE(fit.report.objective, fit_aml(s, {.alpha = alpha, .beta = beta}).report.objective);
}

TEST(Aml, StopsWithTheBestSoFar) {
  const Observer after_two = [](const Progress& p) { return p.step >= 2 ? Action::stop : Action::proceed; };
  const Fit fit = fit_aml(scatters_of_clouds(), {.start = AmlOptions::Start::identity}, {.observer = after_two});
  EXPECT_EQ(fit.report.reason, optim::StopReason::stopped);
  EXPECT_EQ(fit.report.iterations, 2);
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
}

TEST(Aml, OptionsOutOfBoundsAreNamed) {
  EXPECT_EQ(message_of([] { AmlOptions::table().validate({.alpha = -1.0}); }),
            "alpha -1: must be a number of at least 0");
  EXPECT_EQ(message_of([] { AmlOptions::table().validate({.beta = 0.0}); }), "beta 0: must be a number above 0");
  EXPECT_EQ(message_of([] { AmlOptions::table().validate({.max_iterations = 0}); }),
            "max-iterations 0: must be at least 1");
  EXPECT_EQ(message_of([] { AmlOptions::table().validate({.tolerance = 1.0}); }),
            "tolerance 1: must be above 0 and below 1");
}

TEST(AdversarialPairs, KeepTheMidpointAndFoolTheMetric) {
  const Dataset data = clouds(60, 4, 2, 5);
  const Fit fit = fit_aml(constraints::scatters_from_labels(data.x, *data.labels));
  Random random(1);
  const constraints::PairSet pairs = constraints::sample_pairs(*data.labels, 40, random);
  const double beta = 0.3;
  const AdversarialPairs made = adversarial_pairs(fit.metric, data.x, pairs, beta);
  ASSERT_EQ(made.first.rows(), 40);
  const Matrix m = fit.metric.matrix();
  const Matrix inverse = m.inverse();
  for (Index i = 0; i < 40; ++i) {
    const bool similar = i < 20;
    const auto& pair =
        similar ? pairs.similar[static_cast<std::size_t>(i)] : pairs.dissimilar[static_cast<std::size_t>(i - 20)];
    const RowVector x = data.x.row(pair.first);
    const RowVector y = data.x.row(pair.second);
    const RowVector p = made.first.row(i);
    const RowVector q = made.second.row(i);
    EXPECT_LT((p + q - x - y).norm(), reference::rounding);
    // The loss under the flipped label plus the price of the moves has no smaller value nearby.
    const auto cost = [&](const RowVector& a, const RowVector& b) {
      const RowVector between = a - b;
      const double flipped = (between * (similar ? inverse : m) * between.transpose()).value();
      return flipped + beta * (fit.metric.squared_distance(x, a) + fit.metric.squared_distance(y, b));
    };
    RowVector nudge(4);
    for (double& value : nudge) value = 0.05 * random.normal();
    EXPECT_LT(cost(p, q), cost(p + nudge, q));
    EXPECT_LT(cost(p, q), cost(p, q + nudge));
    EXPECT_LT(cost(p, q), cost(p + nudge, q - nudge));
  }
}

}  // namespace
}  // namespace holdfast::learners
