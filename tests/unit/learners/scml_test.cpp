#include "holdfast/learners/scml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"
#include "reference/triplet_objective.hpp"

namespace holdfast::learners {
namespace {

using reference::clouds;
using reference::three_clouds;
using testing::HasSubstr;

TEST(Scml, TheObjectiveReportedIsThatOfItsMetric) {
  const ScmlOptions options{.sparsity = 0.0, .perturbation = Perturbation{2.0, 0.5}};
  const Fit fit = fit_scml(three_clouds().x, *three_clouds().labels, options);
  const auto set = constraints::triplets_from_labels(three_clouds().x, *three_clouds().labels, {3, 10});
  // mu = 0 leaves push and perturbation.
  EXPECT_NEAR(fit.report.objective,
              reference::lmnn_pl_objective(fit.metric.matrix(), three_clouds().x, set, 0.0, 2.0, 0.5),
              reference::rounding);
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
  EXPECT_TRUE(fit.report.converged());
}

TEST(Scml, MorePenaltyGivesLessWeight) {
  const auto weight = [](double sparsity) {  // the basis vectors have length 1: sum w = tr M
    return fit_scml(three_clouds().x, *three_clouds().labels, {.sparsity = sparsity, .tolerance = 1e-8})
        .metric.matrix()
        .trace();
  };
  const double much = weight(1.0);
  EXPECT_LT(much, 0.9 * weight(0.1));
  EXPECT_LT(weight(0.1), weight(reference::visible));
  EXPECT_GT(much, 0.0);
}

TEST(Scml, WeightsThatDoNotPayAreZero) {
  const std::string line = fit_scml(three_clouds().x, *three_clouds().labels).report.log.front();
  EXPECT_THAT(line, HasSubstr(" of 100 basis vectors have a weight"));
  EXPECT_LT(std::stoi(line), 60);
  EXPECT_GT(std::stoi(line), 1);
}

TEST(Scml, AFewBasisVectorsGiveALowRank) {
  EXPECT_LE(fit_scml(three_clouds().x, *three_clouds().labels, {.basis = 2}).metric.output_dimension(), 2);
  EXPECT_LE(fit_scml(three_clouds().x, *three_clouds().labels, {.basis = 500}).metric.output_dimension(), 5);
}

TEST(Scml, MiniBatchesComeNearTheFullSolution) {
  const Dataset many = clouds(600, 5, 3, 2);
  const Fit full = fit_scml(many.x, *many.labels);
  const Fit parts = fit_scml(many.x, *many.labels, {.batch = 60});
  EXPECT_LT(parts.report.objective, 1.15 * full.report.objective);
  EXPECT_GT(parts.report.objective, (1.0 - reference::visible) * full.report.objective);
  EXPECT_LT(parts.report.objective, parts.report.objective_at_start);
}

TEST(Scml, DoesNotSeeHowOftenProgressIsReported) {
  for (const Index batch : {0, 30}) {
    const Fit quiet = fit_scml(three_clouds().x, *three_clouds().labels, {.batch = batch});
    const Fit watched = fit_scml(three_clouds().x, *three_clouds().labels, {.batch = batch},
                                 {.observer = [](const Progress&) { return Action::proceed; }});
    EXPECT_TRUE(quiet.metric == watched.metric);
  }
}

TEST(Scml, LearnsFromGivenTriplets) {
  const auto set = constraints::triplets_from_labels(three_clouds().x, *three_clouds().labels, {3, 10});
  const Fit fit = fit_scml(three_clouds().x, set);
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
}

Matrix matrix_with_basis(const Matrix& basis, const ScmlOptions& options = {}) {
  return fit_scml(three_clouds().x, *three_clouds().labels, options, {.basis = &basis}).metric.matrix();
}

TEST(Scml, GivenBasisVectorsSpanTheMetric) {
  const Matrix basis{{1.0, 0.0, 0.0, 0.0, 0.0}, {0.0, 1.0, 1.0, 0.0, 0.0}};
  const Matrix m = matrix_with_basis(basis);
  EXPECT_GT(m(0, 0), 0.0);
  EXPECT_GT(m(1, 2), 0.0);
  // M = w_1 b_1 b_1^T + w_2 b_2 b_2^T has no other entries.
  const Matrix expected =
      m(0, 0) * basis.row(0).transpose() * basis.row(0) + m(1, 2) * basis.row(1).transpose() * basis.row(1);
  EXPECT_LT((m - expected).norm(), reference::spectral * m.norm());
  const Matrix longer = RowVector{{3.0, 0.2}}.asDiagonal() * basis;
  EXPECT_LT((matrix_with_basis(longer) - m).norm(), reference::spectral * m.norm());
}

TEST(Scml, TheWeightOfThePerturbationIsChosenWithTheGivenBasis) {
  const Matrix basis = Matrix::Identity(2, 5);
  const auto fitted = [](const FitContext& context) {
    return fit_scml(three_clouds().x, *three_clouds().labels, {.perturbation = Perturbation{}}, context);
  };
  const Fit given = fitted({.basis = &basis});
  EXPECT_EQ(given.metric.matrix().bottomRows(3), Matrix::Zero(3, 5));
  // The mean radius on rows left out, without the loss.
  const std::string& line = given.report.log.front();
  EXPECT_THAT(line, HasSubstr("perturbation weight auto*0: accuracy"));
  EXPECT_NE(line, fitted({}).report.log.front());
}

TEST(Scml, MatricesThatAreNoBasisAreRefused) {
  const auto refusal = [](const Matrix& basis, const ScmlOptions& options = {}) {
    return reference::message_of([&] { (void)matrix_with_basis(basis, options); });
  };
  EXPECT_EQ(refusal(Matrix::Identity(3, 4)),
            "directions 3 x 4: must hold a basis vector of 5 finite numbers per row, as the data have 5 columns");
  EXPECT_EQ(refusal(Matrix::Constant(2, 5, std::numeric_limits<double>::infinity())),
            "directions 2 x 5: must hold a basis vector of 5 finite numbers per row, as the data have 5 columns");
  EXPECT_EQ(refusal(Matrix::Identity(3, 5), {.basis = 4}),
            "directions 3 x 5: holds 3 basis vectors, and `basis` is 4; leave `basis` out");
  EXPECT_EQ(refusal(Matrix::Identity(3, 5), {.basis = 3}), "no error");
  EXPECT_EQ(refusal(Matrix::Zero(1, 5)),
            "directions 1 x 5: holds a row of zeros, which is no direction; leave the row out");
}

TEST(Scml, DirectionsComeFromLabelsOrFromTriplets) {
  const Dataset& data = three_clouds();
  using Directions = ScmlOptions::Directions;
  const auto from = [&](Directions directions) {
    return fit_scml(data.x, *data.labels, {.directions = directions}).metric.matrix();
  };
  EXPECT_EQ(from(Directions::automatic), from(Directions::lda));
  EXPECT_NE(from(Directions::automatic), from(Directions::triplet_diffs));
  const auto set = constraints::triplets_from_labels(data.x, *data.labels, {3, 10});
  EXPECT_EQ(fit_scml(data.x, set).metric.matrix(),
            fit_scml(data.x, set, {.directions = Directions::triplet_diffs}).metric.matrix());
  EXPECT_EQ(reference::message_of([&] { (void)fit_scml(data.x, set, {.directions = Directions::lda}); }),
            "directions lda: needs labels: the discriminants separate classes; use triplet_diffs");
}

}  // namespace
}  // namespace holdfast::learners
