// LMNN with the perturbation loss against the authors' own implementation, on Australian credit.
#include <gtest/gtest.h>

#include "holdfast/learners/lmnn.hpp"
#include "holdfast/neighbors/classifier.hpp"
#include "holdfast/objectives/triplet_objective.hpp"
#include "holdfast/preprocess/preprocessor.hpp"
#include "reference/shared_files.hpp"
#include "reference/tolerance.hpp"
#include "reference/triplet_objective.hpp"

namespace holdfast {
namespace {

Matrix matrix_of(const nlohmann::json& rows) {
  Matrix result(static_cast<Index>(rows.size()), static_cast<Index>(rows[0].size()));
  for (Index i = 0; i < result.rows(); ++i) {
    for (Index k = 0; k < result.cols(); ++k)
      result(i, k) = rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(k)];
  }
  return result;
}

/// One round of the reference: its rows and options, and what the authors' code made of them.
struct Round {
  Matrix train;
  Matrix test;
  Labels train_labels;
  Labels test_labels;
  double mu, lambda, tau;
  nlohmann::json figures;
};

class LmnnPlFidelity : public testing::Test {
 protected:
  void SetUp() override {
    const auto file = reference::reference_file("lmnn_pl_australian.json.gz");
    HOLDFAST_NEED(file, "lmnn_pl_australian.json.gz");
    const nlohmann::json all = reference::read_json(*file);
    // As the authors preprocess: over all rows, standardised, then unit length.
    const Matrix raw = matrix_of(all["X"]);
    const Matrix x = preprocess::Preprocessor::fit("standardize,unit", raw).apply(raw);
    for (const nlohmann::json& figures : all["rounds"]) {
      const auto train = figures["train_rows"].get<std::vector<Index>>();
      const auto test = figures["test_rows"].get<std::vector<Index>>();
      const auto labels = [&](const std::vector<Index>& rows) {
        Labels result{{}, {"0", "1"}};
        for (const Index row : rows) result.codes.push_back(all["y"][static_cast<std::size_t>(row)]);
        return result;
      };
      rounds.push_back({select_rows(MatrixView(x), train), select_rows(MatrixView(x), test), labels(train),
                        labels(test), figures["mu"], figures["lambda"], figures["tau"], figures});
    }
    ASSERT_EQ(rounds.size(), 10u);
  }

  static objectives::TripletObjective objective_of(const Round& round, const constraints::TripletSet& set) {
    return {round.train,
            set,
            round.mu,
            {{objectives::HingeLoss{}, 1.0 - round.mu}, {objectives::PerturbationLoss{round.tau}, round.lambda}}};
  }

  std::vector<Round> rounds;
};

TEST_F(LmnnPlFidelity, TripletsAndObjectiveAgree) {
  for (const Round& round : rounds) {
    const auto set = constraints::triplets_from_labels(round.train, round.train_labels, {3, 10});
    EXPECT_EQ(set.triplets.size(), round.figures["n_triplets"].get<std::size_t>());
    const objectives::TripletObjective objective = objective_of(round, set);
    const double at_identity = round.figures["objective_at_identity"];
    EXPECT_NEAR(objective.value_at_map(Matrix::Identity(14, 14)), at_identity, reference::long_sums * at_identity);
    const metric::Metric solution = metric::Metric::from_matrix(matrix_of(round.figures["M_solution"]));
    const double at_solution = round.figures["objective_at_solution"];
    EXPECT_NEAR(objective.value_at_map(solution.map()), at_solution, reference::long_sums * at_solution);
  }
}

TEST_F(LmnnPlFidelity, TheOracleAgreesToo) {
  const Round& round = rounds.front();
  const auto set = constraints::triplets_from_labels(round.train, round.train_labels, {3, 10});
  const double expected = round.figures["objective_at_solution"];
  EXPECT_NEAR(reference::lmnn_pl_objective(matrix_of(round.figures["M_solution"]), round.train, set, round.mu,
                                           round.lambda, round.tau),
              expected, reference::long_sums * expected);
}

TEST_F(LmnnPlFidelity, TheSolverReachesTheReferenceAndItsAccuracy) {
  double accuracy = 0.0;
  double reference_accuracy = 0.0;
  for (const Round& round : rounds) {
    const learners::Fit fit = learners::fit_lmnn(round.train, round.train_labels,
                                                 {.mu = round.mu,
                                                  .perturbation = learners::Perturbation{round.lambda, round.tau},
                                                  .refresh = 0,
                                                  .tolerance = 1e-4});
    EXPECT_TRUE(fit.report.converged());
    EXPECT_LE(fit.report.objective, 1.001 * round.figures["objective_at_solution"].get<double>());
    const neighbors::Neighbors found =
        neighbors::nearest(fit.metric.transform(round.test), fit.metric.transform(round.train), 3);
    const std::vector<int> predicted = neighbors::vote(found, round.train_labels.codes, 2);
    double right = 0.0;
    for (std::size_t row = 0; row < predicted.size(); ++row)
      right += predicted[row] == round.test_labels.codes[row] ? 1.0 : 0.0;
    accuracy += right / static_cast<double>(predicted.size()) / 10.0;
    reference_accuracy += round.figures["test_accuracy_3nn"].get<double>() / 10.0;
  }
  RecordProperty("mean_accuracy", std::to_string(accuracy));
  std::cout << "mean 3-NN accuracy over 10 rounds: " << accuracy << " (reference " << reference_accuracy << ")\n";
  const double one_row = 1.0 / static_cast<double>(rounds.front().test.rows());
  EXPECT_GE(accuracy, reference_accuracy - one_row);
}

}  // namespace
}  // namespace holdfast
