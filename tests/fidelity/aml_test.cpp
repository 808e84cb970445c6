// Adversarial metric learning against figures of two independent solvers.
#include <gtest/gtest.h>

#include <map>

#include "holdfast/learners/aml.hpp"
#include "holdfast/learners/gmml.hpp"
#include "holdfast/objectives/aml_objective.hpp"
#include "holdfast/preprocess/preprocessor.hpp"
#include "reference/labelled_data.hpp"
#include "reference/matrix_json.hpp"
#include "reference/shared_files.hpp"
#include "reference/tolerance.hpp"

namespace holdfast {
namespace {

/// The scatters of all pairs of a shipped data set, standardised, constant columns dropped.
constraints::Scatters all_pairs(const std::string& name) {
  const Dataset data = reference::shipped(name);
  std::vector<Index> columns;
  for (Index k = 0; k < data.dimension(); ++k) {
    if (data.x.col(k).minCoeff() != data.x.col(k).maxCoeff()) columns.push_back(k);
  }
  const Matrix x = data.x(Eigen::indexing::all, columns);
  return constraints::scatters_from_labels(preprocess::Preprocessor::fit("standardize", x).apply(x), *data.labels);
}

TEST(AmlFidelity, ObjectiveAndMinimaAreThoseOfTheReference) {
  const auto file = reference::reference_file("aml_objective.json");
  HOLDFAST_NEED(file, "aml_objective.json");
  const nlohmann::json all = reference::read_json(*file);
  const nlohmann::json& german = all["german_credit_pairs"];
  const std::map<std::string, constraints::Scatters> scatters = {
      {"german_credit_pairs", {reference::matrix_of(german["A"]), reference::matrix_of(german["B"]), 1170, 830}},
      {"wine_all_pairs", all_pairs("wine")},
      {"wdbc_all_pairs", all_pairs("breast_cancer")},
      {"digits_all_pairs", all_pairs("digits")}};
  ASSERT_EQ(all["cases"].size(), 12u);
  for (const nlohmann::json& c : all["cases"]) {
    const constraints::Scatters& s = scatters.at(c["case"]);
    const double alpha = c["alpha"];
    const double beta = c["beta"];
    SCOPED_TRACE(c["case"].get<std::string>() + " alpha " + std::to_string(alpha) + " beta " + std::to_string(beta));
    const objectives::AmlObjective objective(s.similar, s.dissimilar, alpha, beta);
    const Index d = s.similar.rows();
    const double at_identity = c["objective_at_identity"];
    const double at_mean = c["objective_at_geometric_mean"];
    const double minimum = c["objective_minimum"];
    EXPECT_NEAR(objective.value_at_matrix(Matrix::Identity(d, d)), at_identity, reference::spectral * at_identity);
    EXPECT_NEAR(objective.value_at_matrix(learners::fit_gmml(s).metric.matrix()), at_mean,
                reference::spectral * at_mean);
    for (const auto start : {learners::AmlOptions::Start::geometric_mean, learners::AmlOptions::Start::identity}) {
      const learners::Fit fit = learners::fit_aml(s, {.alpha = alpha, .beta = beta, .start = start});
      EXPECT_NEAR(fit.report.objective, minimum, reference::minima * minimum);
      EXPECT_TRUE(fit.report.converged());
    }
  }
}

}  // namespace
}  // namespace holdfast
