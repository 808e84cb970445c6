#include "holdfast/certify/poisoning.hpp"

#include <gtest/gtest.h>

#include <set>

#include "reference/brute_force_knn.hpp"
#include "reference/certification.hpp"
#include "reference/poisoning.hpp"
#include "reference/random_data.hpp"

namespace holdfast::certify {
namespace {

using geometry::PerturbedClassifier;

constexpr Index never = Poisoning::never;

/// Of all rows in the order of their distances.
Poisoning of(const std::vector<int>& classes, Index k) {
  return poisoning_of(classes, k, reference::winner_of(classes, static_cast<std::size_t>(k)), true).value();
}

TEST(Poisoning, EqualsTheTrialOfAllChanges) {
  std::set<Index> seen;  // the test must see more than the number 1
  int compared = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Random random(seed);
    const int names = 2 + static_cast<int>(random.below(3));
    const auto k = static_cast<std::size_t>(1 + 2 * random.below(3));
    std::vector<int> classes(k + static_cast<std::size_t>(random.below(8 - static_cast<Index>(k))));
    // One class is frequent, so that more than one change is needed.
    for (int& name : classes) name = random.below(2) == 0 ? 0 : static_cast<int>(random.below(names));
    const Poisoning found = of(classes, static_cast<Index>(k));
    // One class more than the rows have: a new one.
    EXPECT_EQ(found.insertions, reference::fewest_insertions(classes, k, names + 1)) << seed;
    EXPECT_EQ(found.deletions, reference::fewest_deletions(classes, k)) << seed;
    EXPECT_EQ(found.relabelings, reference::fewest_relabelings(classes, k, names + 1)) << seed;
    seen.insert({found.insertions, 10 + std::min<Index>(found.deletions, 10), 30 + found.relabelings});
    ++compared;
  }
  EXPECT_EQ(compared, 400);
  for (const Index number : {1, 2, 3, 11, 12, 13, 14, 20, 31, 32, 33}) EXPECT_TRUE(seen.contains(number)) << number;
}

TEST(Poisoning, OfRowsWithTiesAndDuplicatesEqualsTheTrialOfAllChanges) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed + 1000);
    const int names = 2 + static_cast<int>(random.below(3));
    const Index k = 1 + 2 * random.below(3);
    const Matrix x = reference::random_integers(7, 2, 3, seed);
    const Matrix queries = reference::random_integers(5, 2, 3, seed + 500);
    std::vector<int> codes;
    for (Index row = 0; row < x.rows(); ++row) codes.push_back(static_cast<int>(random.below(names)));
    const PerturbedClassifier classifier(x, codes, Matrix::Identity(2, 2));
    CertificationProblem problem = reference::problem_of(
        queries, queries, {}, classifier.predict(queries, k, std::vector<Index>{0, 1, 2, 3, 4}), k);
    problem.classes = problem.predicted;
    problem.left_out = {0, 1, 2, 3, 4};
    const std::vector<Poisoning> found = poisoning({classifier, {}}, problem);
    for (Index row = 0; row < queries.rows(); ++row) {
      std::vector<int> classes;
      for (const Index at : reference::nearest_rows(queries.row(row), x, 6, row)) {
        classes.push_back(codes[static_cast<std::size_t>(at)]);
      }
      const Poisoning& own = found[static_cast<std::size_t>(row)];
      EXPECT_EQ(own.insertions, reference::fewest_insertions(classes, static_cast<std::size_t>(k), names)) << seed;
      EXPECT_EQ(own.deletions, reference::fewest_deletions(classes, static_cast<std::size_t>(k))) << seed;
      EXPECT_EQ(own.relabelings, reference::fewest_relabelings(classes, static_cast<std::size_t>(k), names)) << seed;
    }
  }
}

TEST(Poisoning, ByHand) {
  // Two of the three votes: one row less or one of the other class decides against them. One row more displaces the
  // only vote of the other class, so that it takes two.
  EXPECT_EQ(of({0, 0, 1, 1, 1}, 3), (Poisoning{2, 1, 1}));
  // All votes: a majority must change. Without four rows of the class, one is left against two.
  EXPECT_EQ(of({0, 0, 0, 0, 0, 1, 1}, 3), (Poisoning{2, 4, 2}));
  // A tie of three classes goes to the nearest; its loss decides.
  EXPECT_EQ(of({0, 1, 2, 0, 0}, 3), (Poisoning{1, 1, 1}));
}

TEST(Poisoning, DeletionLeavesARowAndMayLeaveFewerThanK) {
  // No other class is there to win: nothing can be deleted to that end, and a class that is new must come in.
  EXPECT_EQ(of({0, 0, 0}, 3), (Poisoning{2, never, 2}));
  EXPECT_EQ(of({0}, 1), (Poisoning{1, never, 1}));
  // Of three rows two remain, which tie, and the nearer one wins: two of class 0 must go.
  EXPECT_EQ(of({0, 0, 1}, 3).deletions, 2);
  EXPECT_EQ(of({1, 0, 0}, 3).deletions, 1);
}

TEST(Poisoning, WrongPredictionsNeedNoChange) {
  const PerturbedClassifier classifier(Matrix{{0.0}, {1.0}}, {0, 1}, Matrix{{1.0}});
  const CertificationProblem problem =
      reference::problem_of(Matrix{{0.1}, {0.9}}, Matrix{{0.1}, {0.9}}, {0, 0}, {0, 1});
  const std::vector<Poisoning> found = poisoning({classifier, {}}, problem);
  EXPECT_EQ(found[0], (Poisoning{1, 1, 1}));
  EXPECT_EQ(found[1], (Poisoning{0, 0, 0}));
}

TEST(Poisoning, SearchesAsManyRowsAsTheDeletionsNeed) {
  // The nearest 100 rows are of the class: several searches, each four times as large, before others are seen. One row
  // of the class would still win a tie with one row of each other class.
  Matrix x(220, 1);
  std::vector<int> codes;
  for (Index row = 0; row < x.rows(); ++row) {
    x(row, 0) = static_cast<double>(row);
    codes.push_back(row < 100 ? 0 : 1 + static_cast<int>(row % 2));
  }
  const PerturbedClassifier classifier(x, codes, Matrix{{1.0}});
  const Matrix queries = Matrix::Constant(40, 1, -1.0);
  const std::vector<int> zeros(40, 0);
  Index steps = 0;
  const auto count = [&](const Progress& progress) {
    EXPECT_EQ(progress.stage, "poisoning");
    EXPECT_GE(progress.step, 0);
    ++steps;
    return Action::proceed;
  };
  for (const Poisoning& found :
       poisoning({classifier, {}}, reference::problem_of(queries, queries, zeros, zeros, 3), count)) {
    EXPECT_EQ(found, (Poisoning{2, 100, 2}));
  }
  EXPECT_GT(steps, 2);
  EXPECT_THROW((void)poisoning({classifier, {}}, reference::problem_of(queries, queries, zeros, zeros, 3),
                               [](const Progress&) { return Action::stop; }),
               Stopped);
}

TEST(Poisoning, TellsWhereTheRowsDoNotSuffice) {
  EXPECT_FALSE(poisoning_of(std::vector{0, 0, 0, 1}, 3, 0, false).has_value());
  EXPECT_TRUE(poisoning_of(std::vector{0, 0, 0, 1, 1}, 3, 0, false).has_value());
  EXPECT_THROW((void)poisoning_of(std::vector{0, 0}, 3, 0, true), std::invalid_argument);
  EXPECT_THROW((void)poisoning_of(std::vector{0, 0, 1}, 3, 1, true), std::invalid_argument);
}

}  // namespace
}  // namespace holdfast::certify
