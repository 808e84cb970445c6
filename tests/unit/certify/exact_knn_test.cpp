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
    reference::ExactKnn oracle =
        problem.threat.perturbed
            ? reference::ExactKnn(problem.x, problem.codes, z, problem.k, predicted[at], *problem.threat.perturbed)
            : reference::ExactKnn(problem.x, problem.codes, z, problem.k, predicted[at]);
    const double expected = oracle.radius();
    if (std::isinf(expected)) {
      EXPECT_GE(found[at].radius, reference::ExactKnn::most) << what << " row " << row;
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

TEST(ExactKnn, EqualsEnumerationOnTheColumnsThatMayChange) {
  // Integers make ties and rows that differ in frozen columns alone: their order never changes.
  Index infinite = 0;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    for (const Index k : {1, 3, 5}) {
      for (const std::vector<Index>& perturbed : std::vector<std::vector<Index>>{{0}, {1, 2}, {0, 2}}) {
        Problem problem{reference::random_normal(8, 3, seed),
                        random_classes(8, 2 + static_cast<int>(seed % 2), seed + 20),
                        reference::random_normal(2, 3, seed + 40), k};
        // Half of the sets have few values in the columns that may change.
        if (seed % 2 == 0) problem.x.leftCols(2) = reference::random_integers(8, 2, 2, seed + 60);
        problem.threat.perturbed = perturbed;
        expect_equal_to_enumeration(problem, "seed " + std::to_string(seed) + " k " + std::to_string(k) + " columns " +
                                                 std::to_string(perturbed.size()));
        const auto found = problem.certify();
        infinite += std::ranges::count_if(found, [](const Certificate& of) { return std::isinf(of.radius); });
      }
    }
  }
  EXPECT_GT(infinite, 10);
}

TEST(ExactKnn, NothingChangesAPredictionIfAllColumnsAreFrozen) {
  Problem problem{reference::random_normal(9, 3, 1), random_classes(9, 2, 2), reference::random_normal(3, 3, 3), 3};
  problem.x.row(5) = problem.x.row(4);
  problem.rows.row(0) = problem.x.row(4);  // a tie
  problem.threat.perturbed = std::vector<Index>{};
  for (const Norm norm : {Norm::l2, Norm::l1, Norm::linf}) {
    problem.threat.ball = LpBall{norm};
    for (const Certificate& certificate : problem.certify()) {
      EXPECT_TRUE(std::isinf(certificate.radius));
      EXPECT_EQ(certificate.kind, BoundKind::exact);
      EXPECT_EQ(certificate.upper, certificate.radius);
    }
    for (const Certificate& certificate : knn_lower_bounds(problem.knn(), problem.certification())) {
      EXPECT_TRUE(std::isinf(certificate.radius));
    }
    for (const attack::Adversarial& found : attack::attack(problem.knn(), problem.certification())) {
      EXPECT_TRUE(std::isinf(found.certificate.radius));
    }
  }
}

TEST(ExactKnn, AFrozenColumnIsTheLimitOfOneThatCostsMuch) {
  for (const Index k : {1, 3}) {
    Problem problem{reference::random_normal(30, 4, 1), random_classes(30, 2, 2), reference::random_normal(8, 4, 3), k};
    problem.threat.perturbed = std::vector<Index>{0, 1, 3};
    const auto frozen = problem.certify();
    constexpr double costly = 1e12;
    problem.threat = {.ball = Ellipsoid((Vector(4) << 1.0, 1.0, costly, 1.0).finished().asDiagonal())};
    const auto limit = problem.certify();
    for (std::size_t row = 0; row < frozen.size(); ++row) {
      EXPECT_NEAR(frozen[row].radius, limit[row].radius, reference::root_of_rounding * frozen[row].radius);
      EXPECT_GE(frozen[row].radius, limit[row].radius * (1.0 - reference::radii));
    }
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

TEST(ExactKnn, EqualsEnumerationInManyColumns) {
  // So many that products of rows are kept.
  for (const Index k : {3, 5}) {
    const Problem problem{reference::random_normal(10, 30, 1), random_classes(10, 3, 21),
                          reference::random_normal(3, 30, 41), k};
    expect_equal_to_enumeration(problem, "k " + std::to_string(k));
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
