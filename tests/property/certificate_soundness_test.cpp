// No perturbation inside a certified radius changes a prediction: 10^5 tries over metrics, norms and k. The experiment
// in bench/experiments/soundness.cpp makes 10^7.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "holdfast/certify/flips.hpp"
#include "holdfast/learners/perturbation.hpp"
#include "holdfast/learners/train.hpp"
#include "reference/attempts.hpp"
#include "reference/certification.hpp"
#include "reference/labelled_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast {
namespace {

using certify::ThreatModel;
using geometry::Norm;

struct Setting {
  const char* name;
  learners::TrainOptions options;
};

std::vector<Setting> settings() {
  const OptionSet perturbed = {{"perturbation", learners::Perturbation{}}};
  const OptionSet low_rank = {{"rank", 2}};
  return {{"euclidean", {.method = "euclidean", .preprocess = "none"}},
          {"lmnn", {.method = "lmnn", .preprocess = "standardize"}},
          {"lmnn + perturbation", {.method = "lmnn", .preprocess = "minmax", .options = perturbed}},
          {"lmnn of rank 2 on whitened rows", {.method = "lmnn", .preprocess = "whiten", .options = low_rank}},
          {"lmnn on unit rows", {.method = "lmnn", .preprocess = "unit"}},
          {"aml", {.method = "aml", .preprocess = "standardize"}},
          {"arml", {.method = "arml", .preprocess = "minmax"}}};
}

Matrix some_ellipsoid(Index columns) {
  const Matrix root = reference::random_normal(columns, columns, 5);
  return root * root.transpose() / static_cast<double>(columns) + 0.1 * Matrix::Identity(columns, columns);
}

std::vector<ThreatModel> threats_of(Index columns) {
  std::vector<ThreatModel> threats = {{.ball = certify::Ellipsoid(some_ellipsoid(columns))}};
  for (const Norm norm : {Norm::l2, Norm::l1, Norm::linf}) threats.push_back({.ball = certify::LpBall{norm}});
  for (const Norm norm : {Norm::l2, Norm::linf}) {
    threats.push_back({.ball = certify::LpBall{norm}, .perturbed = std::vector<Index>{0, 1, columns - 1}});
  }
  return threats;
}

TEST(CertificateSoundness, NoPerturbationInsideTheRadiusChangesThePrediction) {
  const Dataset wine = reference::shipped("wine");
  std::vector<Index> train;
  std::vector<Index> test;
  for (Index row = 0; row < wine.rows(); ++row) (row % 3 == 0 ? test : train).push_back(row);
  long tries = 0;
  for (const Setting& setting : settings()) {
    const model::Model model = learners::train(select_rows(wine, train), setting.options).model;
    for (const certify::Space space : {certify::Space::preprocessed, certify::Space::raw}) {
      if (space == certify::Space::raw && !model.preprocessor.is_affine()) continue;
      for (const Index k : {1, 3, 7}) {
        for (ThreatModel threat :
             threats_of(space == certify::Space::raw ? wine.dimension() : model.reference.cols())) {
          SCOPED_TRACE(std::string(setting.name) + ", " + std::string(threat.norm_name()) + ", k " + std::to_string(k));
          threat.space = space;
          const certify::CertifiedKnn knn(model, threat);
          const certify::CertificationProblem problem = knn.problem(select_rows(wine, test), {.k = k});
          // Exact radii of many neighbours take their time; the Euclidean metric stands for the others.
          const bool exact = (k == 1 && threat.is_euclidean()) ||
                             (k <= 3 && setting.options.method == "euclidean" && space == certify::Space::preprocessed);
          const evaluate::Radii radii =
              evaluate::radii(knn, problem, evaluate::find_certifier(exact ? "exact" : "bound"), {.max_nodes = 200});
          const evaluate::Radii attacks =
              evaluate::radii(knn, problem, evaluate::find_certifier("attack"), {.query_budget = 32});
          const reference::Attempts attempts = reference::attempt(
              model, knn, problem, radii.certificates, attacks.certificates,
              exact ? 1.0 - reference::radii : 1.0 - reference::rounding, 24, static_cast<std::uint64_t>(k));
          EXPECT_EQ(attempts.successes, 0) << attempts.first_success;
          tries += attempts.tries;
        }
      }
    }
  }
  EXPECT_GE(tries, 100'000);
}

TEST(CertificateSoundness, NoFlipWithAPerturbationInsideTheRadiusChangesThePrediction) {
  // The last two columns of wine, as three values and as two, are categories of a kind.
  Dataset wine = reference::shipped("wine");
  const Index d = wine.dimension();
  for (Index row = 0; row < wine.rows(); ++row) {
    wine.x(row, d - 2) = std::clamp(std::round(wine.x(row, d - 2)), 1.0, 3.0);
    wine.x(row, d - 1) = wine.x(row, d - 1) > 700.0 ? 1.0 : 0.0;
  }
  std::vector<Index> train;
  std::vector<Index> test;
  for (Index row = 0; row < wine.rows(); ++row) (row % 3 == 0 ? test : train).push_back(row);
  const model::Model model =
      learners::train(select_rows(wine, train), {.method = "lmnn", .preprocess = "standardize"}).model;
  ThreatModel threat{.space = certify::Space::raw,
                     .flips = {{"shape", {d - 2}, (Matrix(3, 1) << 1.0, 2.0, 3.0).finished()},
                               {"rich", {d - 1}, (Matrix(2, 1) << 0.0, 1.0).finished()}}};
  threat.perturbed.emplace();
  for (Index column = 0; column < d - 2; ++column) threat.perturbed->push_back(column);
  Index positive = 0;
  for (const Norm norm : {Norm::l2, Norm::l1, Norm::linf}) {
    threat.ball = certify::LpBall{norm};
    const certify::CertifiedKnn knn(model, threat);
    const certify::CertificationProblem problem = knn.problem(select_rows(wine, test), {.k = 3});
    const certify::ExpandedProblem expanded(problem);
    for (const char* method : {"bound", "exact"}) {
      const evaluate::Radii radii = evaluate::radii(knn, problem, evaluate::find_certifier(method), {.max_nodes = 200});
      // Every variant of a row has to withstand what the row is certified to.
      std::vector<certify::Certificate> of_variants = radii.certificates;
      for (const Index row : problem.variants.of) {
        of_variants.push_back(radii.certificates[static_cast<std::size_t>(row)]);
      }
      positive += std::ranges::count_if(radii.certificates, [](const auto& of) { return of.radius > 0.0; });
      const reference::Attempts attempts =
          reference::attempt(model, knn, expanded.problem(), of_variants, {}, 1.0 - reference::radii, 24, 1);
      EXPECT_EQ(attempts.successes, 0) << method << ": " << attempts.first_success;
    }
  }
  EXPECT_GT(positive, 100);
}

TEST(CertificateSoundness, AttemptsJustOutsideAnExactRadiusSucceed) {
  // The attempts themselves are put to the test: a share above one must let them through.
  const Dataset wine = reference::shipped("wine");
  const model::Model model = learners::train(wine, {.method = "euclidean", .preprocess = "standardize"}).model;
  const certify::CertifiedKnn knn(model, {});
  const certify::CertificationProblem problem = knn.problem(wine);
  const auto exact = certify::exact_nn_radii(knn, problem);
  const auto attempts = reference::attempt(model, knn, problem, exact, exact, 1.0 + reference::attacks, 24, 1);
  EXPECT_GT(attempts.successes, wine.rows());
}

TEST(CertificateTightness, OfOnePairAWitnessJustOutsideFlipsTheLabel) {
  // With one row a class the bound is exact: a step just beyond it along the steepest direction flips the label.
  Random random(3);
  for (int round = 0; round < 200; ++round) {
    const Matrix x = reference::random_normal(2, 4, 1000 + static_cast<std::uint64_t>(round));
    const Matrix map = reference::random_normal(4, 4, 2000 + static_cast<std::uint64_t>(round));
    const RowVector z = x.row(0) + 0.3 * (x.row(1) - x.row(0)) * random.uniform();
    const geometry::PerturbedClassifier classifier(x * map.transpose(), {0, 1}, map);
    const auto nearer = [&](const RowVector& at) {
      const Matrix mapped = (x.rowwise() - at) * map.transpose();
      return mapped.row(0).squaredNorm() <= mapped.row(1).squaredNorm() ? 0 : 1;
    };
    if (nearer(z) != 0) continue;
    const std::vector<int> codes = {0};
    for (const Norm norm : {Norm::l2, Norm::l1, Norm::linf}) {
      const double radius = reference::lower_bounds(classifier, z * map.transpose(), codes, codes, 1, norm)[0].radius;
      const RowVector direction =
          reference::steepest(
              ((classifier.mapped().row(1) - classifier.mapped().row(0)) * classifier.map()).transpose(), norm)
              .transpose();
      EXPECT_EQ(nearer(z + radius * (1.0 - reference::radii) * direction), 0);
      EXPECT_EQ(nearer(z + radius * (1.0 + reference::radii) * direction), 1);
    }
  }
}

}  // namespace
}  // namespace holdfast
