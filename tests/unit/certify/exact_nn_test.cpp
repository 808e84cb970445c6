#include "holdfast/certify/exact_nn.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/spd.hpp"
#include "holdfast/neighbors/classifier.hpp"
#include "reference/certification.hpp"
#include "reference/exact_nn.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::certify {
namespace {

using geometry::PerturbedClassifier;
using reference::exact_radii;
using reference::random_integers;
using reference::random_normal;

/// Reference rows with classes, a map, and test rows with the classes to keep.
struct Problem {
  Matrix x;
  std::vector<int> codes;
  Matrix map;
  Matrix rows;
  std::vector<int> classes = {};

  [[nodiscard]] std::vector<int> predict(const Matrix& some) const {
    return neighbors::vote(neighbors::nearest(some * map.transpose(), x * map.transpose(), 1), codes, 3);
  }
  [[nodiscard]] std::vector<Certificate> certify() {
    const std::vector<int> predicted = predict(rows);
    if (classes.empty()) classes = predicted;
    const PerturbedClassifier classifier(x * map.transpose(), codes, map);
    return exact_radii(classifier, rows * map.transpose(), rows, classes, predicted);
  }
};

std::vector<int> three_classes(Index rows) {
  std::vector<int> codes;
  for (Index row = 0; row < rows; ++row) codes.push_back(static_cast<int>((row * 7 + row / 5) % 3));
  return codes;
}

/// The radius is that of the oracle, the witness is there, and a step beyond it has another label.
void expect_exact(Problem problem, const char* what) {
  const std::vector<Certificate> certificates = problem.certify();
  const PerturbedClassifier classifier(problem.x * problem.map.transpose(), problem.codes, problem.map);
  const std::vector<Certificate> bounds = reference::lower_bounds(classifier, problem.rows * problem.map.transpose(),
                                                                  problem.classes, problem.predict(problem.rows));
  for (Index row = 0; row < problem.rows.rows(); ++row) {
    const Certificate& own = certificates[static_cast<std::size_t>(row)];
    const double expected = reference::exact_nn_radius(problem.map, problem.x, problem.codes, problem.rows.row(row),
                                                       problem.classes[static_cast<std::size_t>(row)]);
    EXPECT_NEAR(own.radius, expected, reference::radii * (1.0 + expected)) << what << " row " << row;
    EXPECT_EQ(own.kind, BoundKind::exact);
    EXPECT_LE(bounds[static_cast<std::size_t>(row)].radius, own.radius * (1.0 + reference::radii));
    ASSERT_TRUE(own.witness.has_value());
    const RowVector delta = *own.witness - problem.rows.row(row);
    EXPECT_LE(delta.norm(), own.radius * (1.0 + reference::radii) + reference::near_zero);
    if (own.radius < reference::radii) continue;  // a tie already
    EXPECT_NE(problem.predict(*own.witness)[0], problem.classes[static_cast<std::size_t>(row)])
        << what << " row " << row;
    const Matrix within = problem.rows.row(row) + (1.0 - reference::attacks) * delta;
    EXPECT_EQ(problem.predict(within)[0], problem.classes[static_cast<std::size_t>(row)]) << what << " row " << row;
  }
}

TEST(ExactNn, EqualsTheOracleOnRandomRows) {
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const Matrix x = random_normal(40, 4, seed);
    expect_exact({x, three_classes(40), Matrix::Identity(4, 4), random_normal(10, 4, seed + 50)}, "Euclidean");
    expect_exact({x, three_classes(40), random_normal(4, 4, seed + 9), random_normal(10, 4, seed + 50)}, "full rank");
    expect_exact({x, three_classes(40), random_normal(2, 4, seed + 9), random_normal(10, 4, seed + 50)}, "rank 2");
    expect_exact({x, three_classes(40), random_normal(1, 4, seed + 9), random_normal(10, 4, seed + 50)}, "rank 1");
  }
}

TEST(ExactNn, EqualsTheOracleOnTiesAndDuplicates) {
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    Problem problem{random_integers(40, 3, 4, seed), three_classes(40), Matrix::Identity(3, 3),
                    random_integers(12, 3, 4, seed + 7)};
    problem.rows.array() += 0.25;
    const std::vector<Certificate> certificates = problem.certify();
    for (Index row = 0; row < 12; ++row) {
      EXPECT_NEAR(certificates[static_cast<std::size_t>(row)].radius,
                  reference::exact_nn_radius(problem.map, problem.x, problem.codes, problem.rows.row(row),
                                             problem.classes[static_cast<std::size_t>(row)]),
                  reference::radii);
    }
  }
}

TEST(ExactNn, EqualsTheOracleWhereFarRowsOfTheClassMatter) {
  // Far more rows of the class than are tried first, and the rows of others outside them: the rows of the class that
  // shape a cell lie by it, not by the query.
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    Problem problem{random_normal(260, 3, seed), std::vector<int>(260, 0), Matrix::Identity(3, 3),
                    0.2 * random_normal(4, 3, seed + 50)};
    for (Index row = 0; row < 260; ++row) {
      const double length = problem.x.row(row).norm();
      if (row % 20 == 0) problem.x.row(row) *= 3.0 / length;
      problem.codes[static_cast<std::size_t>(row)] = row % 20 == 0 ? 1 : 0;
    }
    expect_exact(problem, "far rows");
  }
}

TEST(ExactNn, TwoRowsAreSplitHalfway) {
  Problem problem{Matrix{{0.0, 0.0}, {4.0, 0.0}}, {0, 1}, Matrix::Identity(2, 2), Matrix{{1.0, 3.0}}};
  const std::vector<Certificate> certificates = problem.certify();
  EXPECT_NEAR(certificates[0].radius, 1.0, reference::rounding);
  EXPECT_LT((*certificates[0].witness - RowVector{{2.0, 3.0}}).norm(), reference::radii);
}

TEST(ExactNn, DegenerateCases) {
  const Matrix x{{0.0, 0.0}, {0.0, 0.0}, {1.0, 0.0}};
  // Duplicates of different labels: the prediction hangs on a tie.
  Problem duplicated{x, {0, 1, 1}, Matrix::Identity(2, 2), Matrix{{0.1, 0.0}, {0.0, 0.0}}};
  for (const Certificate& c : duplicated.certify()) EXPECT_EQ(c.radius, 0.0);
  // One class: nothing can change it.
  Problem single{x, {0, 0, 0}, Matrix::Identity(2, 2), Matrix{{0.1, 0.0}}};
  EXPECT_TRUE(std::isinf(single.certify()[0].radius));
  EXPECT_FALSE(single.certify()[0].witness.has_value());
  // A wrong prediction has no radius.
  Problem wrong{x, {0, 0, 1}, Matrix::Identity(2, 2), Matrix{{0.1, 0.0}}, {1}};
  EXPECT_EQ(wrong.certify()[0].radius, 0.0);
  // Directions that the map ignores cost nothing and change nothing.
  Problem ignored{Matrix{{0.0, 5.0}, {4.0, -7.0}}, {0, 1}, Matrix{{1.0, 0.0}}, Matrix{{1.0, 100.0}}};
  EXPECT_NEAR(ignored.certify()[0].radius, 1.0, reference::rounding);
}

TEST(ExactNn, InABoxEqualsTheOracle) {
  int tight = 0;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    Problem problem{random_normal(40, 4, seed), three_classes(40), random_normal(4, 4, seed + 9),
                    0.3 * random_normal(10, 4, seed + 50)};
    const Box box{RowVector::Constant(4, -0.7), RowVector::Constant(4, 0.7)};
    problem.rows = problem.rows.cwiseMax(-0.7).cwiseMin(0.7);
    problem.classes = problem.predict(problem.rows);
    const PerturbedClassifier classifier(problem.x * problem.map.transpose(), problem.codes, problem.map);
    const Matrix queries = problem.rows * problem.map.transpose();
    const auto free = exact_radii(classifier, queries, problem.rows, problem.classes, problem.classes);
    const auto within = exact_radii(classifier, queries, problem.rows, problem.classes, problem.classes, {.box = box});
    for (Index row = 0; row < problem.rows.rows(); ++row) {
      const auto at = static_cast<std::size_t>(row);
      const double expected = reference::exact_nn_radius(problem.map, problem.x, problem.codes, problem.rows.row(row),
                                                         problem.classes[at], &box);
      if (expected > 1e3) continue;  // the oracle diverges where a box leaves nothing: see the next test
      EXPECT_NEAR(within[at].radius, expected, reference::radii * (1.0 + expected)) << seed << " row " << row;
      EXPECT_GE(within[at].radius, free[at].radius * (1.0 - reference::radii));
      tight += within[at].radius > free[at].radius * 1.001 ? 1 : 0;
      ASSERT_TRUE(within[at].witness.has_value());
      EXPECT_LE(reference::largest_entry(*within[at].witness), 0.7);
      EXPECT_NE(problem.predict(*within[at].witness)[0], problem.classes[at]);
    }
  }
  EXPECT_GT(tight, 3);
}

TEST(ExactNn, ABoxMayLeaveNothing) {
  Problem problem{Matrix{{0.0, 0.0}, {4.0, 0.0}}, {0, 1}, Matrix::Identity(2, 2), Matrix{{1.0, 0.5}}};
  const std::vector<int> codes = {0};
  const PerturbedClassifier classifier(problem.x, problem.codes, problem.map);
  const auto radius = [&](double upper) {
    const Box box{RowVector{{0.0, 0.0}}, RowVector{{upper, 1.0}}};
    return exact_radii(classifier, problem.rows, problem.rows, codes, codes, {.box = box})[0];
  };
  EXPECT_NEAR(radius(2.5).radius, 1.0, reference::radii);
  EXPECT_TRUE(std::isinf(radius(1.5).radius));
  EXPECT_FALSE(radius(1.5).witness.has_value());
  EXPECT_THROW((void)radius(0.5), InputError);  // the row itself is outside
}

TEST(ExactNn, InAnEllipsoidEqualsL2OfTheStretchedSpace) {
  const Matrix x = random_normal(40, 4, 1);
  const Matrix map = random_normal(3, 4, 2);
  const Matrix root = random_normal(4, 4, 3);
  const Matrix a = root * root.transpose() + 0.1 * Matrix::Identity(4, 4);
  const Matrix lower = linalg::cholesky(a);
  Problem problem{x, three_classes(40), map, random_normal(10, 4, 4)};
  problem.classes = problem.predict(problem.rows);
  const PerturbedClassifier classifier(x * map.transpose(), problem.codes, map);
  const auto certificates = exact_radii(classifier, problem.rows * map.transpose(), problem.rows, problem.classes,
                                        problem.classes, {.ball = Ellipsoid(a)});
  // u = C^T x turns |delta|_A into |u|_2, and the map into B C^-T.
  const Matrix stretched_map = map * lower.transpose().inverse();
  for (Index row = 0; row < 10; ++row) {
    const auto at = static_cast<std::size_t>(row);
    const double expected = reference::exact_nn_radius(stretched_map, x * lower, problem.codes,
                                                       problem.rows.row(row) * lower, problem.classes[at]);
    EXPECT_NEAR(certificates[at].radius, expected, reference::radii * (1.0 + expected));
    const RowVector delta = *certificates[at].witness - problem.rows.row(row);
    EXPECT_NEAR(std::sqrt((delta * a * delta.transpose()).value()), certificates[at].radius,
                reference::radii * (1.0 + expected));
    EXPECT_NE(problem.predict(*certificates[at].witness)[0], problem.classes[at]);
  }
}

TEST(ExactNn, InABoxAndAnEllipsoidKeepsToBoth) {
  // A is diagonal with roots s: u = s x turns |delta|_A into |u|_2 and the box into another.
  const RowVector scales{{0.5, 1.0, 2.0, 4.0}};
  int tight = 0;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    Problem problem{random_normal(40, 4, seed), three_classes(40), random_normal(4, 4, seed + 9),
                    (0.3 * random_normal(10, 4, seed + 50)).cwiseMax(-0.7).cwiseMin(0.7)};
    problem.classes = problem.predict(problem.rows);
    const Box box{RowVector::Constant(4, -0.7), RowVector::Constant(4, 0.7)};
    const Box stretched_box{-0.7 * scales, 0.7 * scales};
    const PerturbedClassifier classifier(problem.x * problem.map.transpose(), problem.codes, problem.map);
    const Matrix a = scales.cwiseAbs2().asDiagonal().toDenseMatrix();
    const auto certify = [&](const ThreatModel& threat) {
      return exact_radii(classifier, problem.rows * problem.map.transpose(), problem.rows, problem.classes,
                         problem.classes, threat);
    };
    const auto free = certify({.ball = Ellipsoid(a)});
    const auto within = certify({.ball = Ellipsoid(a), .box = box});
    for (Index row = 0; row < problem.rows.rows(); ++row) {
      const auto at = static_cast<std::size_t>(row);
      const double expected = reference::exact_nn_radius(
          problem.map * scales.cwiseInverse().asDiagonal(), problem.x * scales.asDiagonal(), problem.codes,
          problem.rows.row(row) * scales.asDiagonal(), problem.classes[at], &stretched_box);
      if (expected > 1e3) continue;  // the oracle diverges where a box leaves nothing
      EXPECT_NEAR(within[at].radius, expected, reference::radii * (1.0 + expected)) << seed << " row " << row;
      tight += within[at].radius > free[at].radius * 1.001 ? 1 : 0;
      ASSERT_TRUE(within[at].witness.has_value());
      EXPECT_LE(reference::largest_entry(*within[at].witness), 0.7);
      EXPECT_NE(problem.predict(*within[at].witness)[0], problem.classes[at]);
    }
  }
  EXPECT_GT(tight, 3);
}

TEST(ExactNn, FarFromTheOriginIsAsExact) {
  // Offsets a thousand times the spread: what a matrix product rounds away must not reach the radius.
  const Matrix x = random_normal(60, 4, 1);
  Problem near{x, three_classes(60), random_normal(4, 4, 2), random_normal(12, 4, 3)};
  Problem far{x.array() + 1000.0, near.codes, near.map, near.rows.array() + 1000.0};
  const auto here = near.certify();
  const auto there = far.certify();
  for (std::size_t row = 0; row < here.size(); ++row)
    EXPECT_NEAR(there[row].radius, here[row].radius, reference::radii);
}

TEST(ExactNn, AWitnessOfLargeEntriesIsAStepThatTheyCanTake) {
  // Half a unit in the last place of the row is more than a short step beyond the border.
  const double offset = 1073741824.0;
  const PerturbedClassifier classifier(Matrix{{-2.0}, {2.0}}, {0, 1}, Matrix{{1.0}});
  const auto certificates = exact_radii(classifier, Matrix{{-1.0}}, Matrix{{offset - 1.0}}, {0}, {0});
  EXPECT_NEAR(certificates[0].radius, 1.0, reference::radii);
  ASSERT_TRUE(certificates[0].witness.has_value());
  EXPECT_GT((*certificates[0].witness)[0], offset);
  EXPECT_LT((*certificates[0].witness)[0], offset + reference::attacks);
}

TEST(ExactNn, AWitnessFarFromTheOriginIsAtTheBorder) {
  // The radius is rounded down by more than the short step: a border that is rounded up is passed, and no more.
  const double offset = 1e6;
  const PerturbedClassifier classifier(Matrix{{offset - 2.0}, {offset + 2.0}}, {0, 1}, Matrix{{1.0}});
  const Matrix row{{offset - 1.0}};
  const auto certificates = exact_radii(classifier, row, row, {0}, {0});
  ASSERT_TRUE(certificates[0].witness.has_value());
  EXPECT_GT((*certificates[0].witness)[0], offset);
  EXPECT_LT((*certificates[0].witness)[0], offset + reference::root_of_rounding);
}

TEST(ExactNn, StopsAndHasTheSameBitsForAnyNumberOfThreads) {
  Problem problem{random_normal(60, 5, 1), three_classes(60), random_normal(5, 5, 2), random_normal(40, 5, 3)};
  const int before = thread_count();
  set_thread_count(1);
  const auto one = problem.certify();
  set_thread_count(4);
  const auto four = problem.certify();
  set_thread_count(before);
  for (std::size_t row = 0; row < one.size(); ++row) EXPECT_EQ(one[row].radius, four[row].radius);
  const PerturbedClassifier classifier(problem.x * problem.map.transpose(), problem.codes, problem.map);
  const CertificationProblem prepared =
      reference::problem_of(problem.rows * problem.map.transpose(), problem.rows, problem.classes, problem.classes);
  EXPECT_THROW((void)exact_nn_radii({classifier, {}}, prepared, [](const Progress&) { return Action::stop; }), Stopped);
}

}  // namespace
}  // namespace holdfast::certify
