// What the perturbation loss is for, on digits: certified radius at no loss of accuracy.
#include <gtest/gtest.h>

#include "holdfast/certify/knn_bound.hpp"
#include "holdfast/evaluate/evaluation.hpp"
#include "holdfast/evaluate/split.hpp"
#include "holdfast/learners/perturbation.hpp"
#include "holdfast/learners/train.hpp"
#include "reference/labelled_data.hpp"

namespace holdfast {
namespace {

struct Outcome {
  double accuracy;
  double mean_radius;
};

Outcome outcome_of(const Dataset& train, const Dataset& test, const learners::TrainOptions& options) {
  const model::Model model = learners::train(train, options).model;
  const certify::CertifiedKnn knn(model, {});
  const certify::CertificationProblem problem = knn.problem(test);
  return {evaluate::accuracy(problem.predicted, problem.classes),
          evaluate::summarize(certify::knn_lower_bounds(knn, problem), {}).mean};
}

TEST(ReasonToExist, PerturbationLossOnDigitsKeepsAccuracyAndRadius) {
  const Dataset digits = reference::shipped("digits");
  const evaluate::Split split = evaluate::random_split(digits.rows(), 0.7, 0);
  const Dataset train = select_rows(digits, split.train);
  const Dataset test = select_rows(digits, split.test);
  learners::TrainOptions options{.method = "euclidean", .preprocess = "minmax"};
  const Outcome euclidean = outcome_of(train, test, options);
  options.method = "lmnn";
  const Outcome plain = outcome_of(train, test, options);
  options.options.set("perturbation", learners::Perturbation{});
  const Outcome perturbed = outcome_of(train, test, options);
  std::cout << "accuracy, mean radius: euclidean " << euclidean.accuracy << ", " << euclidean.mean_radius << "; lmnn "
            << plain.accuracy << ", " << plain.mean_radius << "; with perturbation " << perturbed.accuracy << ", "
            << perturbed.mean_radius << "\n";
  EXPECT_GE(perturbed.accuracy, 0.985);
  EXPECT_GE(perturbed.mean_radius, euclidean.mean_radius);
  EXPECT_GE(perturbed.mean_radius, 1.2 * plain.mean_radius);
}

}  // namespace
}  // namespace holdfast
