// scml, nca and arml.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <numeric>

#include "holdfast/learners/arml.hpp"
#include "holdfast/learners/discriminants.hpp"
#include "holdfast/learners/nca.hpp"
#include "holdfast/learners/scml.hpp"
#include "holdfast/objectives/nca_objective.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/triplet_objective.hpp"

namespace holdfast::learners {
namespace {

using reference::clouds;
using reference::message_of;
using testing::Contains;
using testing::HasSubstr;

const Dataset& data() {
  static const Dataset made = clouds(120, 5, 3, 1);
  return made;
}

TEST(Discriminants, AreUnitVectorsThatSeparate) {
  Random random(1);
  const Matrix basis = local_discriminants(data().x, *data().labels, 40, random);
  ASSERT_EQ(basis.rows(), 40);
  for (Index k = 0; k < 40; ++k) EXPECT_NEAR(basis.row(k).norm(), 1.0, 1e-12);
  // The classes differ in the first three columns only.
  EXPECT_GT(basis.leftCols(3).squaredNorm(), 3.0 * basis.rightCols(2).squaredNorm());
}

TEST(Discriminants, OfTwoCloudsAreFishersDirection) {
  // One region, so that the direction is W^-1 (m1 - m2) of the rows nearest to its centre.
  Dataset two = clouds(14, 4, 2, 3);
  Random random(1);
  const Matrix basis = local_discriminants(two.x, *two.labels, 1, random);
  Matrix within = two.x;
  RowVector means[2] = {RowVector::Zero(4), RowVector::Zero(4)};
  const std::vector<Index> counts = class_counts(*two.labels);
  ASSERT_LE(std::max(counts[0], counts[1]), 10);  // all rows are in the region
  for (Index row = 0; row < 14; ++row) {
    const int code = two.labels->codes[static_cast<std::size_t>(row)];
    means[code] += two.x.row(row) / static_cast<double>(counts[static_cast<std::size_t>(code)]);
  }
  for (Index row = 0; row < 14; ++row) within.row(row) -= means[two.labels->codes[static_cast<std::size_t>(row)]];
  Matrix scatter = within.transpose() * within;
  scatter.diagonal().array() += 0.01 * scatter.trace() / 4.0;
  const Vector expected = scatter.inverse() * (means[0] - means[1]).transpose();
  EXPECT_NEAR(std::abs(basis.row(0).dot(expected.normalized())), 1.0, 1e-10);
}

TEST(Discriminants, OfTripletsPointWhereImpostorsAreFar) {
  const auto set = constraints::triplets_from_labels(data().x, *data().labels, {3, 10});
  Random random(1);
  const Matrix basis = local_discriminants(data().x, set, 20, random);
  EXPECT_GT(basis.rows(), 5);
  EXPECT_LE(basis.rows(), 20);
  EXPECT_GT(basis.leftCols(3).squaredNorm(), basis.rightCols(2).squaredNorm());
}

TEST(Scml, TheObjectiveReportedIsThatOfItsMetric) {
  const ScmlOptions options{.sparsity = 0.0, .perturbation = Perturbation{2.0, 0.5}};
  const Fit fit = fit_scml(data().x, *data().labels, options);
  const auto set = constraints::triplets_from_labels(data().x, *data().labels, {3, 10});
  // mu = 0 leaves push and perturbation.
  EXPECT_NEAR(fit.report.objective, reference::lmnn_pl_objective(fit.metric.matrix(), data().x, set, 0.0, 2.0, 0.5),
              1e-9);
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
  EXPECT_TRUE(fit.report.converged());
}

TEST(Scml, MorePenaltyGivesLessWeight) {
  const auto weight = [](double sparsity) {  // the basis vectors have length 1: sum w = tr M
    return fit_scml(data().x, *data().labels, {.sparsity = sparsity, .tolerance = 1e-8}).metric.matrix().trace();
  };
  const double much = weight(1.0);
  EXPECT_LT(much, 0.9 * weight(0.1));
  EXPECT_LT(weight(0.1), weight(1e-3));
  EXPECT_GT(much, 0.0);
}

TEST(Scml, WeightsThatDoNotPayAreZero) {
  const std::string line = fit_scml(data().x, *data().labels).report.log.front();
  EXPECT_THAT(line, HasSubstr(" of 100 basis vectors have a weight"));
  EXPECT_LT(std::stoi(line), 60);
  EXPECT_GT(std::stoi(line), 1);
}

TEST(Scml, AFewBasisVectorsGiveALowRank) {
  EXPECT_LE(fit_scml(data().x, *data().labels, {.basis = 2}).metric.output_dimension(), 2);
  EXPECT_LE(fit_scml(data().x, *data().labels, {.basis = 500}).metric.output_dimension(), 5);
}

TEST(Scml, MiniBatchesComeNearTheFullSolution) {
  const Dataset many = clouds(600, 5, 3, 2);
  const Fit full = fit_scml(many.x, *many.labels);
  const Fit parts = fit_scml(many.x, *many.labels, {.batch = 60});
  EXPECT_LT(parts.report.objective, 1.15 * full.report.objective);
  EXPECT_GT(parts.report.objective, (1.0 - 1e-3) * full.report.objective);
  EXPECT_LT(parts.report.objective, parts.report.objective_at_start);
}

TEST(Scml, DoesNotSeeHowOftenProgressIsReported) {
  for (const Index batch : {0, 30}) {
    const Fit quiet = fit_scml(data().x, *data().labels, {.batch = batch});
    const Fit watched = fit_scml(data().x, *data().labels, {.batch = batch},
                                 {.observer = [](const Progress&) { return Action::proceed; }});
    EXPECT_TRUE(quiet.metric == watched.metric);
  }
}

TEST(Scml, LearnsFromGivenTriplets) {
  const auto set = constraints::triplets_from_labels(data().x, *data().labels, {3, 10});
  const Fit fit = fit_scml(data().x, set);
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
}

TEST(Nca, TheObjectiveReportedIsThatOfItsMetric) {
  const Fit fit = fit_nca(data().x, *data().labels);
  std::vector<Index> everyone(120);
  std::iota(everyone.begin(), everyone.end(), Index{0});
  Matrix unused;
  const objectives::NcaObjective objective(data().x, data().labels->codes);
  EXPECT_NEAR(fit.report.objective, objective.value_and_gradient(fit.metric.map(), everyone, unused), 1e-12);
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
}

TEST(Nca, MiniBatchesComeNearTheFullSolution) {
  const Dataset many = clouds(600, 5, 3, 2);
  std::vector<Index> everyone(600);
  std::iota(everyone.begin(), everyone.end(), Index{0});
  const objectives::NcaObjective objective(many.x, many.labels->codes);
  Matrix unused;
  const auto value = [&](const Fit& fit) { return objective.value_and_gradient(fit.metric.map(), everyone, unused); };
  const Fit full = fit_nca(many.x, *many.labels);
  const Fit parts = fit_nca(many.x, *many.labels, {.batch = 60});
  EXPECT_LT(value(parts), full.report.objective + 0.1 * (full.report.objective_at_start - full.report.objective));
  EXPECT_THAT(parts.report.log, Contains(HasSubstr("mini-batches of 60 rows against all")));
  const Fit robust = fit_nca(many.x, *many.labels, {.perturbation = Perturbation{}, .batch = 200});
  EXPECT_LT(robust.report.objective, robust.report.objective_at_start);
}

TEST(Nca, ASmallerRankGivesAsManyRows) {
  EXPECT_EQ(fit_nca(data().x, *data().labels, {.rank = 2}).metric.output_dimension(), 2);
  EXPECT_EQ(fit_nca(data().x, *data().labels, {.rank = 2, .batch = 20}).metric.output_dimension(), 2);
}

TEST(Arml, RaisesTheMeanMarginOfItsTriplets) {
  const Fit fit = fit_arml(data().x, *data().labels);
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
  EXPECT_TRUE(fit.report.converged());
  // Without draws the objective is that of the metric on fixed triplets.
  const auto set = constraints::triplets_from_labels(data().x, *data().labels, {5, 5});
  const Fit fixed = fit_arml(data().x, set);
  const Matrix m = fixed.metric.matrix();
  double margins = 0.0;
  for (const constraints::Triplet& t : set.triplets) {
    const double gap = reference::squared_distance(m, data().x.row(t.anchor), data().x.row(t.impostor)) -
                       reference::squared_distance(m, data().x.row(t.anchor), data().x.row(t.target));
    margins += gap / (2.0 * (m * (data().x.row(t.target) - data().x.row(t.impostor)).transpose()).norm());
  }
  EXPECT_NEAR(fixed.report.objective, -margins / static_cast<double>(set.triplets.size()), 1e-10);
}

TEST(Arml, ABoundedMarginIsAHinge) {
  const Fit fit = fit_arml(data().x, *data().labels, {.margin = 0.5});
  EXPECT_GE(fit.report.objective, 0.0);
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
}

/// Each learner that draws: another seed draws something else, the same seed the same.
TEST(Seeds, MatterWhereThereAreDraws) {
  const Labels& labels = *data().labels;
  EXPECT_FALSE(fit_scml(data().x, labels, {}, {.seed = 1}).metric ==
               fit_scml(data().x, labels, {}, {.seed = 2}).metric);
  EXPECT_FALSE(fit_nca(data().x, labels, {.batch = 20}, {.seed = 1}).metric ==
               fit_nca(data().x, labels, {.batch = 20}, {.seed = 2}).metric);
  EXPECT_FALSE(fit_arml(data().x, labels, {.draws = 2}, {.seed = 1}).metric ==
               fit_arml(data().x, labels, {.draws = 2}, {.seed = 2}).metric);
}

TEST(TripletLearners, StopWithTheBestSoFar) {
  const auto after_three = [](std::string_view stage) {
    return Observer([stage](const Progress& progress) {
      return progress.stage == stage && progress.step >= 3 ? Action::stop : Action::proceed;
    });
  };
  const Fit scml = fit_scml(data().x, *data().labels, {}, {.observer = after_three("scml")});
  const Fit nca = fit_nca(data().x, *data().labels, {}, {.observer = after_three("nca")});
  const Fit arml = fit_arml(data().x, *data().labels, {}, {.observer = after_three("arml")});
  for (const Fit* fit : {&scml, &nca, &arml}) {
    EXPECT_EQ(fit->report.reason, optim::StopReason::stopped);
    EXPECT_EQ(fit->report.iterations, 3);
    EXPECT_LT(fit->report.objective, fit->report.objective_at_start);
  }
}

TEST(Arml, StoppedWhileItSearchesAnewItKeepsWhatItHas) {
  bool began = false;
  const Fit fit = fit_arml(data().x, *data().labels, {.refresh = 2}, {.observer = [&](const Progress& progress) {
                             began = began || progress.stage == "arml";
                             return began && progress.stage == "neighbours" ? Action::stop : Action::proceed;
                           }});
  EXPECT_EQ(fit.report.reason, optim::StopReason::stopped);
  EXPECT_EQ(fit.report.iterations, 2);
}

TEST(TripletLearners, OptionsOutOfBoundsAreNamed) {
  EXPECT_EQ(message_of([] { ScmlOptions{.basis = -1}.validate(); }),
            "basis -1: must be at least 1 (0: chosen by the size of the data)");
  EXPECT_EQ(message_of([] { ScmlOptions{.sparsity = -0.1}.validate(); }),
            "sparsity -0.1: must be a number of at least 0");
  EXPECT_EQ(message_of([] { ScmlOptions{.batch = -2}.validate(); }),
            "batch -2: must be at least 1 row (0: chosen by the size of the data)");
  EXPECT_EQ(message_of([] { NcaOptions{.rank = 9}.validate(5); }),
            "rank 9: must be between 1 and 5, the number of columns after preprocessing (0: all of them)");
  EXPECT_EQ(message_of([] { NcaOptions{.batch = -2}.validate(5); }),
            "batch -2: must be at least 1 row (0: chosen by the size of the data)");
  EXPECT_EQ(message_of([] { ArmlOptions{.draws = 0}.validate(5); }), "draws 0: must be at least 1 triplet per row");
  EXPECT_EQ(message_of([] { ArmlOptions{.margin = 0.0}.validate(5); }), "margin 0: must be a number above 0, or inf");
  EXPECT_EQ(message_of([] { ArmlOptions{.margin = NAN}.validate(5); }), "margin nan: must be a number above 0, or inf");
}

}  // namespace
}  // namespace holdfast::learners
