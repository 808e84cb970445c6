#include "holdfast/certify/exact_knn.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/attack/attack.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/neighbors/classifier.hpp"
#include "reference/certification.hpp"
#include "reference/exact_knn.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::certify {
namespace {

using geometry::PerturbedClassifier;

struct Problem {
  Matrix x;
  std::vector<int> codes;
  Matrix rows;
  Index k = 3;
  ThreatModel threat = {};

  [[nodiscard]] std::vector<int> predict(const Matrix& some) const {
    return PerturbedClassifier(x, codes, Matrix::Identity(x.cols(), x.cols())).predict(some, k);
  }
  [[nodiscard]] CertificationProblem certification() const {
    const std::vector<int> predicted = predict(rows);
    return reference::problem_of(rows, rows, predicted, predicted, k);
  }
  [[nodiscard]] CertifiedKnn knn() const {
    return {PerturbedClassifier(x, codes, Matrix::Identity(x.cols(), x.cols())), threat};
  }
  [[nodiscard]] std::vector<Certificate> certify(const ExactOptions& options = {}) const {
    return exact_knn_radii(knn(), certification(), options);
  }
};

std::vector<int> random_classes(Index rows, int classes, std::uint64_t seed) {
  Random random(seed);
  std::vector<int> codes;
  for (Index row = 0; row < rows; ++row) codes.push_back(static_cast<int>(random.uniform() * classes));
  codes[0] = 0;
  codes[1] = 1;
  return codes;
}

void expect_equal_to_enumeration(const Problem& problem, const std::string& what) {
  const std::vector<Certificate> found = problem.certify();
  const std::vector<int> predicted = problem.predict(problem.rows);
  for (Index row = 0; row < problem.rows.rows(); ++row) {
    const auto at = static_cast<std::size_t>(row);
    const RowVector z = problem.rows.row(row);
    const double expected = reference::ExactKnn(problem.x, problem.codes, z, problem.k, predicted[at]).radius();
    if (std::isinf(expected)) {
      EXPECT_TRUE(std::isinf(found[at].radius)) << what << " row " << row << ": " << found[at].radius;
      continue;
    }
    EXPECT_NEAR(found[at].radius, expected, reference::radii * (1.0 + expected)) << what << " row " << row;
    if (found[at].kind != BoundKind::exact) continue;
    EXPECT_EQ(found[at].upper, found[at].radius);
    ASSERT_TRUE(found[at].witness.has_value()) << what << " row " << row;
    EXPECT_NE(problem.predict(*found[at].witness)[0], predicted[at]) << what << " row " << row;
    EXPECT_LE((*found[at].witness - z).norm(), found[at].radius * (1.0 + reference::radii) + reference::near_zero);
  }
}

TEST(ExactKnn, EqualsEnumerationOnRandomRows) {
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    for (const Index k : {3, 5}) {
      for (const int classes : {2, 3, 4}) {
        const Problem problem{reference::random_normal(9, 3, seed), random_classes(9, classes, seed + 20),
                              reference::random_normal(3, 3, seed + 40), k};
        expect_equal_to_enumeration(problem, "seed " + std::to_string(seed) + " k " + std::to_string(k) + " classes " +
                                                 std::to_string(classes));
      }
    }
  }
}

TEST(ExactKnn, EqualsEnumerationOnTiesAndDuplicates) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    for (const int classes : {2, 3}) {
      Problem problem{reference::random_integers(8, 2, 3, seed), random_classes(8, classes, seed + 20),
                      reference::random_integers(3, 2, 3, seed + 40), 3};
      problem.rows.array() += 0.25;
      expect_equal_to_enumeration(problem, "seed " + std::to_string(seed) + " classes " + std::to_string(classes));
    }
  }
}

}  // namespace
}  // namespace holdfast::certify
