// Certified radii beside those of the ARML research code, on the rows that it was trained and tested on.
#include <gtest/gtest.h>

#include <iostream>

#include "holdfast/certify/knn_bound.hpp"
#include "holdfast/evaluate/evaluation.hpp"
#include "holdfast/evaluate/summary.hpp"
#include "holdfast/learners/train.hpp"
#include "reference/labelled_data.hpp"
#include "reference/shared_files.hpp"
#include "reference/tolerance.hpp"

namespace holdfast {
namespace {

struct Case {
  const char* set;
  const char* shipped;
  const char* method;
  const char* perturbation;  ///< empty: none
  double tolerance;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.method << " on " << c.set; }

class ArmlFidelity : public testing::TestWithParam<Case> {};

TEST_P(ArmlFidelity, TheMeanRadiusIsNoLowerAtNoLowerAccuracy) {
  const auto file = reference::reference_file("arml_radii.json");
  HOLDFAST_NEED(file, "arml_radii.json");
  const Case& c = GetParam();
  const nlohmann::json figures = reference::read_json(*file)["sets"][c.set];
  const Dataset data = reference::shipped(c.shipped);
  const Dataset train = select_rows(data, figures["train_rows"].get<std::vector<Index>>());
  const Dataset test = select_rows(data, figures["test_rows"].get<std::vector<Index>>());
  learners::TrainOptions options{.method = c.method, .preprocess = "minmax"};
  options.options.set("tolerance", c.tolerance);
  if (*c.perturbation != '\0') {
    options.options.set("mu", 0.5);  // the form of the paper of the perturbation loss
    options.options.set("refresh", Index{0});
    const OptionInfo& info = *learners::find_method(c.method).options->find("perturbation");
    options.options.set(info.name, parse_option(info, c.perturbation));
  }
  const model::Model model = learners::train(train, options).model;

  const certify::CertifiedKnn knn(model, {});
  const certify::CertificationProblem problem = knn.problem(test);
  const auto certificates = certify::knn_lower_bounds(knn, problem.first(150));
  const double accuracy = evaluate::accuracy(problem.predicted, problem.classes);
  const double radius = evaluate::summarize(certificates, {}).mean;
  std::cout << c.method << " on " << c.set << ": accuracy " << accuracy << ", mean radius " << radius << "; theirs "
            << figures["accuracy_1nn_all_test_rows"] << ", " << figures["mean_radius"] << "\n";
  const double one_row = 1.0 / static_cast<double>(test.rows());
  EXPECT_GE(radius, figures["mean_radius"].get<double>());
  EXPECT_GE(accuracy, figures["accuracy_1nn_all_test_rows"].get<double>() - one_row - reference::four_digits);
}

INSTANTIATE_TEST_SUITE_P(Sets, ArmlFidelity,
                         testing::Values(Case{"wine", "wine", "arml", "", 1e-4},
                                         Case{"wdbc", "breast_cancer", "arml", "", 1e-4},
                                         Case{"digits", "digits", "arml", "", 1e-4},
                                         Case{"wine", "wine", "lmnn", "auto*0.6", 1e-6},
                                         Case{"wdbc", "breast_cancer", "lmnn", "auto*0.3", 1e-6},
                                         Case{"digits", "digits", "lmnn", "auto*0.6", 1e-6}));

}  // namespace
}  // namespace holdfast
