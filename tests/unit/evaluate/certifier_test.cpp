#include "holdfast/evaluate/certifier.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/core/parallel.hpp"
#include "holdfast/learners/train.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::evaluate {
namespace {

using certify::BoundKind;
using certify::CertificationProblem;
using certify::CertifiedKnn;
using certify::LpBall;
using certify::Space;
using certify::ThreatModel;
using geometry::Norm;
using reference::message_of;

std::vector<ThreatModel> threats() {
  std::vector<ThreatModel> threats;
  for (const Space space : {Space::preprocessed, Space::raw}) {
    for (const Norm norm : {Norm::l2, Norm::l1, Norm::linf}) threats.push_back({LpBall{norm}, space});
    threats.push_back({certify::Ellipsoid(Vector{{1.0, 4.0, 9.0, 0.25}}.asDiagonal().toDenseMatrix()), space});
    threats.push_back({LpBall{}, space, certify::Box{RowVector::Constant(4, -9.0), RowVector::Constant(4, 9.0)}});
  }
  return threats;
}

std::vector<const Certifier*> all() {
  std::vector<const Certifier*> pointers;
  for (const Certifier& certifier : certifiers()) pointers.push_back(&certifier);
  return pointers;
}

/// What must hold of every certifier in the table.
class EveryCertifier : public testing::TestWithParam<const Certifier*> {
 protected:
  model::Model model_ =
      learners::train(reference::clouds(120, 4, 3, 1), {.method = "lmnn", .preprocess = "standardize"}).model;
  Dataset test_ = reference::clouds(30, 4, 3, 2);
};

TEST_P(EveryCertifier, GivesOneCertificatePerRowOfItsKind) {
  const Certifier& certifier = *GetParam();
  for (const ThreatModel& threat : threats()) {
    const CertifiedKnn knn(model_, threat);
    for (const Index k : {1, 3}) {
      const CertificationProblem problem = knn.problem(test_, {.k = k});
      const Radii found = radii(knn, problem, certifier, {.query_budget = 32});
      EXPECT_EQ(found.certifier, &certifier);
      ASSERT_EQ(found.certificates.size(), 30u);
      EXPECT_GE(found.seconds, 0.0);
      for (std::size_t row = 0; row < 30; ++row) {
        const certify::Certificate& own = found.certificates[row];
        EXPECT_EQ(own.kind, certifier.kind);
        if (problem.predicted[row] != problem.classes[row]) {
          EXPECT_EQ(own.radius, 0.0);
          EXPECT_FALSE(own.witness.has_value());
        }
        if (own.witness) {
          const RowVector delta = *own.witness - problem.rows.row(static_cast<Index>(row));
          EXPECT_LE(threat.measure(delta.transpose()), own.radius * (1.0 + reference::radii) + reference::near_zero);
        }
      }
    }
  }
}

TEST_P(EveryCertifier, GivesTheSameBitsAgainAndForAnyNumberOfThreads) {
  const CertifiedKnn knn(model_, {});
  const CertificationProblem problem = knn.problem(test_);
  const int before = thread_count();
  set_thread_count(1);
  const Radii one = radii(knn, problem, *GetParam(), {.query_budget = 32});
  set_thread_count(3);
  const Radii three = radii(CertifiedKnn(model_, {}), problem, *GetParam(), {.query_budget = 32});
  set_thread_count(before);
  for (std::size_t row = 0; row < 30; ++row) {
    EXPECT_EQ(one.certificates[row].radius, three.certificates[row].radius);
    EXPECT_EQ(one.certificates[row].witness, three.certificates[row].witness);
  }
}

TEST_P(EveryCertifier, StopsWhenAsked) {
  const CertifiedKnn knn(model_, {});
  const auto stop = [](const Progress&) { return Action::stop; };
  EXPECT_THROW((void)radii(knn, knn.problem(test_), *GetParam(), {.observer = stop}), Stopped);
}

TEST_P(EveryCertifier, IsFoundByItsNameAndSaysWhatItIs) {
  EXPECT_EQ(&find_certifier(GetParam()->name), GetParam());
  EXPECT_FALSE(GetParam()->summary.empty());
}

INSTANTIATE_TEST_SUITE_P(Table, EveryCertifier, testing::ValuesIn(all()),
                         [](const auto& tested) { return std::string(tested.param->name); });

TEST(Certifiers, AreInOrderOnEveryRowOfEveryThreat) {
  const model::Model model =
      learners::train(reference::clouds(120, 4, 3, 1), {.method = "lmnn", .preprocess = "standardize"}).model;
  const Dataset test = reference::clouds(40, 4, 3, 2);
  for (const ThreatModel& threat : threats()) {
    for (const Index k : {1, 3}) {
      const CertifiedKnn knn(model, threat);
      std::vector<Radii> found = radii(knn, knn.problem(test, {.k = k}), all(), {.query_budget = 32});
      EXPECT_EQ(order_text(found), "fast <= bound <= exact <= attack");
      EXPECT_EQ(order_violation(found), std::nullopt);
      std::swap(found.front(), found.back());
      EXPECT_NE(order_violation(found), std::nullopt);
    }
  }
}

TEST(Certifiers, AnAttackIsToldTheExactRadii) {
  // The stage of exact radii is reported once, not again for the attack.
  const model::Model model = learners::train(reference::clouds(120, 4, 3, 1), {.method = "euclidean"}).model;
  const CertifiedKnn knn(model, {});
  const CertificationProblem problem = knn.problem(reference::clouds(40, 4, 3, 2));
  int stages = 0;
  const auto count = [&](const Progress& progress) {
    stages += progress.stage == "certify" ? 1 : 0;
    return Action::proceed;
  };
  const std::vector<const Certifier*> both = {&find_certifier("exact"), &find_certifier("attack")};
  const std::vector<Radii> together = radii(knn, problem, both, {.observer = count});
  EXPECT_EQ(stages, 1);
  const Radii alone = radii(knn, problem, *both[1], {.observer = count});
  EXPECT_EQ(stages, 2);
  for (std::size_t row = 0; row < 40; ++row) {
    EXPECT_EQ(together[1].certificates[row].radius, alone.certificates[row].radius);
  }
}

TEST(Certifiers, AreFoundByName) {
  EXPECT_EQ(message_of([] { (void)find_certifier("guess"); }),
            "method \"guess\": must be fast, bound, exact or attack");
  const auto found = find_certifiers(std::vector<std::string>{"attack", "bound", "attack"});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0]->name, "bound");
  EXPECT_EQ(found[1]->name, "attack");
}

}  // namespace
}  // namespace holdfast::evaluate
