#include "holdfast/objectives/prototype_margins.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "holdfast/core/parallel.hpp"
#include "holdfast/core/random.hpp"
#include "reference/gradient_check.hpp"
#include "reference/prototype_margin.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::objectives {
namespace {

using Form = CertifiedMarginLoss::Form;
using Margins = PrototypeMargins<double>;

/// Rows around the means of their classes, some of them among rows of other classes.
struct Problem {
  Matrix prototypes;
  std::vector<Index> starts;
  Matrix x;
  std::vector<int> codes;

  [[nodiscard]] double definition(Index row, const Matrix& at) const {
    return reference::prototype_margin(x.row(row), codes[static_cast<std::size_t>(row)], at,
                                       Margins(prototypes, starts).codes());
  }
  [[nodiscard]] double loss_by_definition(const CertifiedMarginLoss& loss, const Matrix& at) const {
    double total = 0.0;
    for (Index row = 0; row < x.rows(); ++row) total += loss(definition(row, at)).value;
    return total;
  }
};

Problem problem(Index rows, Index dimension, const std::vector<Index>& starts, std::uint64_t seed) {
  Problem made{reference::random_normal(starts.back(), dimension, seed),
               starts,
               reference::random_normal(rows, dimension, seed + 1),
               {}};
  const auto classes = static_cast<Index>(starts.size()) - 1;
  for (std::size_t code = 0; code + 1 < starts.size(); ++code) {
    const Index column = static_cast<Index>(code) % dimension;
    made.prototypes.block(starts[code], column, starts[code + 1] - starts[code], 1).array() += 1.5;
  }
  for (Index row = 0; row < rows; ++row) {
    made.codes.push_back(static_cast<int>(row % classes));
    made.x(row, row % classes % dimension) += 1.5;
  }
  return made;
}

template <class Scalar>
Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> as(const Matrix& x) {
  return x.cast<Scalar>();
}

template <class Scalar>
double largest_difference(const Problem& p, const PrototypeMargins<Scalar>& margins) {
  const std::vector<CertifiedMargin> found = margins.margins(as<Scalar>(p.x), p.codes);
  double worst = 0.0;
  for (Index row = 0; row < p.x.rows(); ++row) {
    const double wanted = p.definition(row, margins.prototypes().template cast<double>());
    worst = std::max(worst, std::abs(found[static_cast<std::size_t>(row)].value - wanted));
  }
  return worst;
}

TEST(PrototypeMargins, AreThoseOfTheDefinitionOverAllPairs) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const Problem p = problem(300, 6, {0, 20, 33, 70}, seed);
    EXPECT_LT(largest_difference(p, Margins(p.prototypes, p.starts)), reference::rounding);
    EXPECT_LT(largest_difference(p, PrototypeMargins<float>(as<float>(p.prototypes), p.starts)),
              reference::float32_sums);
  }
}

TEST(PrototypeMargins, SomeRowsAreWrongAndSomeRight) {
  const Problem p = problem(300, 6, {0, 20, 33, 70}, 1);
  Index right = 0;
  for (const CertifiedMargin& margin : Margins(p.prototypes, p.starts).margins(p.x, p.codes)) right += margin.value > 0;
  EXPECT_GT(right, 100);
  EXPECT_LT(right, 250);
}

TEST(PrototypeMargins, PairsThatAreNoneHaveAValue) {
  Problem p = problem(20, 4, {0, 3, 3, 6}, 4);  // the class in the middle has no prototype
  p.codes.assign(20, 0);
  p.prototypes.row(4) = p.prototypes.row(1);  // of the other class
  p.x.row(7) = p.prototypes.row(1);
  EXPECT_LT(largest_difference(p, Margins(p.prototypes, p.starts)), reference::rounding);
  p.codes.assign(20, 1);
  const auto missing = Margins(p.prototypes, p.starts).margins(p.x, p.codes);
  EXPECT_EQ(missing.front().value, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(missing.front().own, -1);
  p.codes.assign(20, 0);
  const auto alone = Margins(p.prototypes, {0, 6}).margins(p.x, p.codes);
  EXPECT_EQ(alone.front().value, std::numeric_limits<double>::infinity());
  EXPECT_EQ(alone.front().other, -1);
}

TEST(PrototypeMargins, TiesAreThoseOfTheDefinition) {
  Problem p = problem(200, 3, {0, 12, 30}, 5);
  p.prototypes = reference::random_integers(30, 3, 3, 6);
  p.x = reference::random_integers(200, 3, 3, 7);
  EXPECT_LT(largest_difference(p, Margins(p.prototypes, p.starts)), reference::rounding);
}

/// Pairs are measured at the start only: the later the update, the looser the bounds.
TEST(PrototypeMargins, StayThoseOfTheDefinitionWhilePrototypesMove) {
  const Problem p = problem(200, 5, {0, 15, 40, 60}, 8);
  for (const Index refresh : {Index{1}, Index{3}, Index{100}}) {
    Margins margins(p.prototypes, p.starts, refresh);
    const Matrix steps = 0.3 * reference::random_normal(60, 5, 9);
    for (int update = 0; update < 10; ++update) {
      margins.update([&](Index prototype, Eigen::Ref<RowVector> row) { row += steps.row(prototype); });
      EXPECT_LT(largest_difference(p, margins), reference::rounding) << refresh << " " << update;
    }
    EXPECT_LT(reference::largest_entry(margins.prototypes() - p.prototypes - 10.0 * steps), reference::rounding);
  }
}

TEST(PrototypeMargins, GradientEqualsCentralDifferences) {
  const Problem p = problem(60, 5, {0, 6, 10, 17}, 10);
  const Margins margins(p.prototypes, p.starts);
  const auto found = margins.margins(p.x, p.codes);
  for (const Form form : {Form::hinge, Form::squared_hinge, Form::sigmoid}) {
    const CertifiedMarginLoss loss{form, 0.8, 0.3};
    const auto value = [&](const Matrix& at) { return p.loss_by_definition(loss, at); };
    PrototypeGradient<double> gradient(17, 5);
    EXPECT_NEAR(margins.add_gradient(p.x, found, loss, gradient), value(p.prototypes), reference::rounding);
    EXPECT_LT(reference::gradient_error(value, p.prototypes, gradient.rows), reference::gradients);
    Matrix wrong = gradient.rows;
    wrong.row(3) *= 1.01;
    EXPECT_GT(reference::gradient_error(value, p.prototypes, wrong), reference::wrong_gradients);
    gradient.clear();
    EXPECT_TRUE((gradient.rows.array() == 0.0).all());
  }
}

TEST(PrototypeMargins, DoNotDependOnTheNumberOfThreads) {
  const Problem p = problem(700, 40, {0, 300, 500, 900}, 11);
  const int before = thread_count();
  set_thread_count(1);
  const auto one = PrototypeMargins<float>(as<float>(p.prototypes), p.starts).margins(as<float>(p.x), p.codes);
  set_thread_count(4);
  const auto four = PrototypeMargins<float>(as<float>(p.prototypes), p.starts).margins(as<float>(p.x), p.codes);
  set_thread_count(before);
  for (std::size_t row = 0; row < one.size(); ++row) {
    EXPECT_EQ(one[row].value, four[row].value);
    EXPECT_EQ(one[row].own, four[row].own);
    EXPECT_EQ(one[row].other, four[row].other);
  }
}

TEST(PrototypeMargins, StartsThatDoNotFitAreRefused) {
  const Matrix prototypes = reference::random_normal(6, 2, 1);
  for (const std::vector<Index>& starts : {std::vector<Index>{0}, {0, 5}, {1, 6}, {0, 4, 3, 6}}) {
    EXPECT_THROW(Margins(prototypes, starts), std::invalid_argument);
  }
}

}  // namespace
}  // namespace holdfast::objectives
