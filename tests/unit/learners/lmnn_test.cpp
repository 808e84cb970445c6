#include "holdfast/learners/lmnn.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/adversarial_margin.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"
#include "reference/triplet_objective.hpp"

namespace holdfast::learners {
namespace {

using reference::clouds;
using testing::_;
using testing::AllOf;
using testing::Contains;
using testing::Gt;
using testing::HasSubstr;
using testing::Lt;
using testing::Not;
using testing::Pair;

std::string message_of(const LmnnOptions& options) {
  try {
    (void)fit_lmnn(Matrix::Identity(4, 4), encode_labels(std::vector<int>{0, 0, 1, 1}), options);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Lmnn, TheObjectiveReportedIsThatOfTheMetricReturned) {
  const Dataset data = clouds(90, 4, 3, 1);
  const LmnnOptions options{.mu = 0.4, .perturbation = Perturbation{3.0, 0.7}, .refresh = 0};
  const Fit fit = fit_lmnn(data.x, *data.labels, options);
  const auto set = constraints::triplets_from_labels(data.x, *data.labels, {3, 10});
  EXPECT_NEAR(fit.report.objective, reference::lmnn_pl_objective(fit.metric.matrix(), data.x, set, 0.4, 3.0, 0.7),
              reference::rounding);
  EXPECT_EQ(fit.report.n_triplets, static_cast<Index>(set.triplets.size()));
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
  EXPECT_TRUE(fit.report.converged());
}

TEST(Lmnn, NoNearbyMetricIsBetter) {
  const Dataset data = clouds(60, 3, 2, 2);
  const Fit fit = fit_lmnn(data.x, *data.labels, {.tolerance = 1e-9});
  const auto set = constraints::triplets_from_labels(data.x, *data.labels, {3, 10});
  Random random(5);
  for (int i = 0; i < 200; ++i) {
    Matrix map = fit.metric.map();
    for (double& value : map.reshaped()) value += 0.02 * random.normal();
    EXPECT_GT(reference::lmnn_pl_objective(map.transpose() * map, data.x, set, 0.5, 0.0, 1.0),
              fit.report.objective - reference::minima);
  }
}

TEST(Lmnn, AFullStepOfUnitsChangesNothingButUnits) {
  // Same data in other units: the derived perturbation follows, and so do the distances of the metric.
  const Dataset data = clouds(80, 3, 2, 3);
  const LmnnOptions options{.perturbation = Perturbation{}, .tolerance = 1e-8};
  const Fit fit = fit_lmnn(data.x, *data.labels, options);
  const Fit scaled = fit_lmnn(0.001 * data.x, *data.labels, options);
  EXPECT_NEAR(scaled.report.objective, fit.report.objective, reference::minimizers * fit.report.objective);
  const double distance = fit.metric.distance(data.x.row(0), data.x.row(1));
  EXPECT_NEAR(scaled.metric.distance(0.001 * data.x.row(0), 0.001 * data.x.row(1)), distance,
              reference::perturbed_metrics * distance);
}

TEST(Lmnn, EveryPairAndEveryTripletCountsTheSameByDefault) {
  const Dataset data = clouds(80, 4, 3, 6);
  const Fit fit = fit_lmnn(data.x, *data.labels, {.refresh = 0});
  ASSERT_EQ(fit.report.derived.size(), 1u);
  EXPECT_EQ(fit.report.derived[0].first, "mu");
  const auto set = constraints::triplets_from_labels(data.x, *data.labels, {3, 10});
  const auto pairs = static_cast<double>(set.near_pairs.size());
  const double mu = pairs / (pairs + static_cast<double>(set.triplets.size()));
  EXPECT_DOUBLE_EQ(fit.report.derived[0].second, mu);
  EXPECT_TRUE(fit.metric == fit_lmnn(data.x, *data.labels, {.mu = mu, .refresh = 0}).metric);
  EXPECT_TRUE(fit_lmnn(data.x, *data.labels, {.mu = 0.5}).report.derived.empty());
}

TEST(Lmnn, ThePullLosesWeightAsNewImpostorsAreAdded) {
  const Dataset data = clouds(150, 4, 3, 5);
  const Fit fit = fit_lmnn(data.x, *data.labels, {.refresh = 5});
  const double pairs = 3.0 * static_cast<double>(data.rows());
  ASSERT_EQ(fit.report.derived[0].first, "mu");
  EXPECT_DOUBLE_EQ(fit.report.derived[0].second, pairs / (pairs + static_cast<double>(fit.report.n_triplets)));
}

TEST(Lmnn, ASmallerRankGivesAsManyRows) {
  const Dataset data = clouds(80, 5, 3, 4);
  const Fit fit = fit_lmnn(data.x, *data.labels, {.rank = 2});
  EXPECT_EQ(fit.metric.output_dimension(), 2);
  EXPECT_EQ(fit.metric.input_dimension(), 5);
}

TEST(Lmnn, RefreshedImpostorsAreLogged) {
  const Dataset data = clouds(150, 4, 3, 5);
  const Fit fit = fit_lmnn(data.x, *data.labels, {.refresh = 5});
  const Fit fixed = fit_lmnn(data.x, *data.labels, {.refresh = 0});
  EXPECT_GT(fit.report.log.size(), 1u);
  EXPECT_THAT(fit.report.log.front(), HasSubstr("new triplets, the objective changes"));
  EXPECT_THAT(fit.report.log.back(), HasSubstr("converged"));
  EXPECT_EQ(fixed.report.log.size(), 1u);
  EXPECT_GT(fit.report.n_triplets, fixed.report.n_triplets);
}

TEST(Lmnn, TheIterationLimitIsReportedAsSuch) {
  const Dataset data = clouds(90, 4, 3, 1);
  const Fit fit = fit_lmnn(data.x, *data.labels, {.max_iterations = 2});
  EXPECT_FALSE(fit.report.converged());
  EXPECT_EQ(fit.report.iterations, 2);
  EXPECT_THAT(fit.report.log.back(), HasSubstr("not converged"));
}

TEST(Lmnn, AnObserverKeepsTheBestSoFar) {
  const Dataset data = clouds(90, 4, 3, 1);
  const Observer at_four = [](const Progress& progress) {
    return progress.stage == "lmnn" && progress.step >= 4 ? Action::stop : Action::proceed;
  };
  const Fit fit = fit_lmnn(data.x, *data.labels, {}, {.observer = at_four});
  EXPECT_EQ(fit.report.reason, optim::StopReason::stopped);
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
  EXPECT_THROW((void)fit_lmnn(data.x, *data.labels, {}, {.observer = [](const Progress&) { return Action::stop; }}),
               Stopped);
}

TEST(Lmnn, AClassOfOneRowIsReported) {
  Dataset data = clouds(20, 3, 2, 1);
  data.labels->names.push_back("lonely");
  data.labels->codes[3] = 2;
  const Fit fit = fit_lmnn(data.x, *data.labels, {});
  ASSERT_EQ(fit.report.warnings.size(), 1u);
  EXPECT_THAT(fit.report.warnings[0], HasSubstr("class \"lonely\" has a single row"));
}

TEST(Lmnn, DegenerateDataGiveAFiniteMetric) {
  Dataset data = clouds(24, 3, 2, 1);
  for (const bool perturbed : {false, true}) {
    LmnnOptions options;
    if (perturbed) options.perturbation = Perturbation{};
    Dataset constant = data;
    constant.x.setZero();
    EXPECT_TRUE(fit_lmnn(constant.x, *constant.labels, options).metric.map().allFinite());
    Dataset duplicated = data;
    for (Index row = 0; row < 24; ++row) duplicated.x.row(row) = data.x.row(row % 3);
    EXPECT_TRUE(fit_lmnn(duplicated.x, *duplicated.labels, options).metric.map().allFinite());
    Dataset wide = clouds(12, 40, 2, 1);
    EXPECT_TRUE(fit_lmnn(wide.x, *wide.labels, options).metric.map().allFinite());
    Dataset tiny = data;
    tiny.x *= 1e-120;
    EXPECT_TRUE(fit_lmnn(tiny.x, *tiny.labels, options).metric.map().allFinite());
  }
}

TEST(LmnnOptions, ValidationNamesFieldValueAndBound) {
  EXPECT_EQ(message_of({}), "no error");
  EXPECT_EQ(message_of({.neighbors = 0}), "neighbors 0: must be at least 1");
  EXPECT_EQ(message_of({.impostors = -1}), "impostors -1: must be at least 1");
  EXPECT_EQ(message_of({.mu = 1.5}), "mu 1.5: must be between 0 and 1");
  EXPECT_EQ(message_of({.mu = NAN}), "mu nan: must be between 0 and 1");
  EXPECT_EQ(message_of({.perturbation = Perturbation{-1.0, 1.0}}),
            "perturbation_weight -1: must be a number of at least 0");
  EXPECT_EQ(message_of({.perturbation = Perturbation{1.0, 0.0}}), "perturbation_margin 0: must be a number above 0");
  EXPECT_EQ(message_of({.rank = 5}),
            "rank 5: must be between 1 and 4, the number of columns after preprocessing (0: all of them)");
  EXPECT_EQ(message_of({.refresh = -1}), "refresh -1: must be at least 0 iterations (0: never)");
  EXPECT_EQ(message_of({.max_iterations = 0}), "max-iterations 0: must be at least 1");
  EXPECT_EQ(message_of({.tolerance = 0.0}), "tolerance 0: must be above 0 and below 1");
}

TEST(LmnnOptions, FactorsOfDerivedValuesHaveBoundsToo) {
  EXPECT_EQ(message_of({.perturbation = Perturbation{Derivable::times(-1.0), {}}}),
            "perturbation_weight auto*-1: the factor must be a number of at least 0");
  EXPECT_EQ(message_of({.perturbation = Perturbation{{}, Derivable::times(0.0)}}),
            "perturbation_margin auto*0: the factor must be a number above 0");
}

TEST(Lmnn, GivenTripletsAreLearnedFromAsThoseOfLabels) {
  const Dataset data = clouds(90, 4, 3, 1);
  const auto set = constraints::triplets_from_labels(data.x, *data.labels, {3, 10});
  const Fit fit = fit_lmnn(data.x, set, {});
  EXPECT_TRUE(fit.metric == fit_lmnn(data.x, *data.labels, {.refresh = 0}).metric);
  EXPECT_TRUE(fit.metric == fit_lmnn(data.x, set, {.refresh = 2}).metric) << "given triplets stay as they are";
  EXPECT_THAT(reference::message_of([&] {
                (void)fit_lmnn(data.x, constraints::PairSet{{{0, 1}}, {{0, 2}}}, {});
              }),
              testing::StartsWith("lmnn learns from labels or triplets, not from pairs; gmml"));
}

TEST(Lmnn, APerturbationWeightOfZeroIsNoPerturbationLoss) {
  const Dataset data = clouds(90, 4, 3, 1);
  const Fit off = fit_lmnn(data.x, *data.labels, {.perturbation = Perturbation{0.0, {}}});
  EXPECT_TRUE(off.metric == fit_lmnn(data.x, *data.labels, {}).metric);
  EXPECT_EQ(off.report.derived.size(), 1u) << "mu alone";
}

TEST(PerturbationTerm, IsTenTimesTheRestAndItsMarginAQuantile) {
  const Dataset data = clouds(100, 4, 3, 8);
  const auto set = constraints::triplets_from_labels(data.x, *data.labels, {3, 10});
  const objectives::TripletObjective plain(data.x, set, 0.5, {{objectives::HingeLoss{}, 0.5}});
  const Matrix map = 0.7 * Matrix::Identity(4, 4);
  FitReport report;
  const double rest = plain.value_at_map(map);
  const objectives::TripletTerm term = perturbation_term({}, plain, map, rest, report);
  EXPECT_NEAR(objectives::TripletObjective(data.x, set, 0.0, {term}).value_at_map(map), 10.0 * rest,
              reference::rounding * rest);
  ASSERT_EQ(report.derived.size(), 2u);
  // A violated triplet (g = -1) costs the square of the margin.
  const auto margin_of = [](const objectives::TripletTerm& t) {
    const objectives::TripletEdges violated{.near = 0, .far = 1, .opposite = 0};
    const double distance[] = {1.0, 0.0};
    return std::sqrt(t.sum({&violated, distance, distance, nullptr, nullptr}, 1.0, 0, 1));
  };
  EXPECT_EQ(report.derived[0], std::pair("perturbation_weight" + std::string(), term.weight));
  EXPECT_EQ(report.derived[1].first, "perturbation_margin");
  EXPECT_DOUBLE_EQ(report.derived[1].second, margin_of(term));
  const objectives::TripletTerm given = perturbation_term({2.0, 0.3}, plain, map, rest, report);
  EXPECT_EQ(given.weight, 2.0);
  EXPECT_DOUBLE_EQ(margin_of(given), 0.3);
  const objectives::TripletTerm tenth = perturbation_term({Derivable::times(0.1), {}}, plain, map, rest, report);
  EXPECT_NEAR(tenth.weight, 0.1 * term.weight, reference::rounding * term.weight);
  EXPECT_DOUBLE_EQ(margin_of(tenth), margin_of(term));
}

TEST(PerturbationTerm, ItsMarginIsTheQuantileOfTheMarginsThatAreHeld) {
  const Dataset data = clouds(100, 4, 3, 8);
  const auto set = constraints::triplets_from_labels(data.x, *data.labels, {3, 10});
  const objectives::TripletObjective plain(data.x, set, 0.5, {{objectives::HingeLoss{}, 0.5}});
  const Matrix map = 0.7 * Matrix::Identity(4, 4);
  std::vector<double> held;
  for (const double margin : evaluate::adversarial_margins(data.x, set.triplets, metric::Metric::from_map(map))) {
    if (margin > 0.0) held.push_back(margin);
  }
  ASSERT_LT(held.size(), set.triplets.size());
  std::ranges::sort(held);
  const double wanted = held[static_cast<std::size_t>(0.9 * static_cast<double>(held.size() - 1))];
  const auto margin_of = [&](const Derivable& margin) {
    FitReport report;
    (void)perturbation_term({{}, margin}, plain, map, 1.0, report);
    return report.derived.at(1).second;
  };
  EXPECT_NEAR(margin_of({}), wanted, reference::rounding);
  EXPECT_NEAR(margin_of(Derivable::times(0.25)), 0.25 * wanted, reference::rounding);
}

TEST(PerturbationTerm, ThatIsZeroOnAllTripletsIsWeighedByItsMargin) {
  const Matrix x{{0.0}, {1.0}, {10.0}};  // a margin of 4.5
  const auto set = constraints::from_triplets({{0, 1, 2}});
  const objectives::TripletObjective plain(x, set, 0.5, {{objectives::HingeLoss{}, 0.5}});
  FitReport report;
  EXPECT_DOUBLE_EQ(perturbation_term({{}, 0.5}, plain, Matrix::Identity(1, 1), 3.0, report).weight, 10.0 * 3.0 / 0.25);
}

TEST(Lmnn, StoppedWhileItSearchesNewImpostorsItKeepsWhatItHas) {
  const Dataset data = clouds(80, 5, 3, 1);
  bool began = false;
  const Fit fit = fit_lmnn(data.x, *data.labels, {.refresh = 2}, {.observer = [&](const Progress& progress) {
                             began = began || progress.stage == "lmnn";
                             return began && progress.stage != "lmnn" ? Action::stop : Action::proceed;
                           }});
  EXPECT_EQ(fit.report.reason, optim::StopReason::stopped);
  EXPECT_EQ(fit.report.iterations, 2);
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
}

TEST(Lmnn, AMetricThatCollapsesIsReported) {
  const Dataset data = clouds(80, 5, 3, 1);
  const Fit fit = fit_lmnn(data.x, *data.labels, {.mu = 1.0, .tolerance = 1e-12});
  ASSERT_FALSE(fit.report.warnings.empty());
  EXPECT_THAT(fit.report.warnings.back(), HasSubstr("the metric collapsed to zero"));
  EXPECT_THAT(fit.report.warnings.back(), HasSubstr("or lower `mu`"));
}

TEST(Lmnn, DrawnAnchorsHaveNeighboursAmongAllRows) {
  const Dataset data = clouds(400, 4, 3, 9);
  const Fit all = fit_lmnn(data.x, *data.labels, {.refresh = 0});
  const Fit some = fit_lmnn(data.x, *data.labels, {.refresh = 0, .anchors = 100});
  EXPECT_EQ(all.report.n_triplets, 400 * 3 * 10);
  EXPECT_EQ(some.report.n_triplets, 100 * 3 * 10);
  EXPECT_THAT(some.report.log, Contains(HasSubstr("100 of 400 rows, drawn, have targets and impostors")));
  EXPECT_THAT(some.report.derived, Contains(Pair("anchors_used", 100.0)));
  EXPECT_THAT(all.report.derived, Not(Contains(Pair("anchors_used", _))));
  const auto set = constraints::triplets_from_labels(data.x, *data.labels, {3, 10});
  const auto over_all = [&](const Fit& fit) {
    return reference::lmnn_pl_objective(fit.metric.matrix(), data.x, set, 1.0 / 11.0, 0.0, 1.0);
  };
  EXPECT_LT(over_all(some), all.report.objective_at_start);
  EXPECT_GT(over_all(some), over_all(all));
  EXPECT_EQ(fit_lmnn(data.x, *data.labels, {.anchors = 400}).metric.map(), fit_lmnn(data.x, *data.labels).metric.map());
}

TEST(Lmnn, DrawnAnchorsDependOnTheSeedAndNotOnTheOrderOfTheRows) {
  const Dataset data = clouds(200, 4, 3, 9);
  std::vector<Index> reversed(200);
  for (Index row = 0; row < 200; ++row) reversed[static_cast<std::size_t>(row)] = 199 - row;
  const Dataset other = select_rows(data, reversed);
  const LmnnOptions options{.anchors = 50};
  const Matrix map = fit_lmnn(data.x, *data.labels, options).metric.map();
  EXPECT_EQ(fit_lmnn(other.x, *other.labels, options).metric.map(), map);
  EXPECT_NE(fit_lmnn(data.x, *data.labels, options, {.seed = 1}).metric.map(), map);
}

TEST(Lmnn, ApproximateNeighboursTellTheirRecallAndLearnTheSame) {
  const Dataset data = clouds(10000, 10, 3, 9);
  const Fit exact = fit_lmnn(data.x, *data.labels);
  const Fit approximate = fit_lmnn(data.x, *data.labels, {.search = constraints::Search::approximate});
  EXPECT_THAT(approximate.report.log, Contains(HasSubstr("approximate, recall ")));
  EXPECT_THAT(approximate.report.derived, Contains(Pair("neighbor_recall", AllOf(Gt(0.97), Lt(1.0)))));
  EXPECT_THAT(exact.report.derived, Not(Contains(Pair("neighbor_recall", _))));
  EXPECT_LT(std::abs(approximate.report.objective - exact.report.objective),
            reference::other_triplets * exact.report.objective_at_start);
}

TEST(Lmnn, FewRowsAreNotApproximatedAndTheLogSaysSo) {
  const Dataset data = clouds(90, 4, 3, 9);
  const Fit fit = fit_lmnn(data.x, *data.labels, {.search = constraints::Search::approximate});
  EXPECT_THAT(fit.report.log, Contains(HasSubstr("too few")));
}

}  // namespace
}  // namespace holdfast::learners
