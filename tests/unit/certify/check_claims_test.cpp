#include "holdfast/certify/check_claims.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <span>

#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/certifier.hpp"
#include "holdfast/learners/train.hpp"
#include "reference/certification.hpp"
#include "reference/labelled_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::certify {
namespace {

using reference::clouds;

class CheckClaimsTest : public testing::Test {
 protected:
  /// A claim for every row.
  [[nodiscard]] static std::vector<Claim> claims_of(const CertificationProblem& problem,
                                                    const std::vector<Certificate>& certificates) {
    std::vector<Claim> claims;
    for (Index row = 0; row < problem.size(); ++row) {
      const auto at = static_cast<std::size_t>(row);
      claims.push_back(
          {row, certificates[at].radius, certificates[at].kind, problem.predicted[at], certificates[at].witness});
    }
    return claims;
  }
  [[nodiscard]] Index faults(const ThreatModel& threat, Index k, const std::vector<Claim>& claims) const {
    const auto found = check_claims(model_, threat, k, test_, claims);
    return std::count_if(found.begin(), found.end(), [](const Finding& finding) { return finding.fault.has_value(); });
  }
  [[nodiscard]] Matrix ellipsoid() const {
    const Matrix root = reference::random_normal(4, 4, 5);
    return root * root.transpose() + 0.2 * Matrix::Identity(4, 4);
  }
  [[nodiscard]] std::vector<ThreatModel> threats() const {
    std::vector<ThreatModel> threats;
    for (const Space space : {Space::preprocessed, Space::raw}) {
      for (const Norm norm : {Norm::l2, Norm::l1, Norm::linf}) threats.push_back({LpBall{norm}, space});
      threats.push_back({Ellipsoid(ellipsoid()), space});
    }
    return threats;
  }
  /// The classifier that a fast path would use if its map of perturbations were `map`.
  [[nodiscard]] CertifiedKnn with_map(const CertifiedKnn& knn, const Matrix& map) const {
    return {geometry::PerturbedClassifier(knn.classifier().mapped(), model_.labels.codes, map), {}};
  }

  Dataset train_ = clouds(90, 4, 3, 11);
  Dataset test_ = clouds(25, 4, 3, 12);
  model::Model model_ = learners::train(train_, {.method = "lmnn", .preprocess = "standardize,pca:3"}).model;
};

TEST_F(CheckClaimsTest, PredictsAsTheClassifier) {
  for (const Index k : {1, 3, 7}) {
    CertificationProblem problem = CertifiedKnn(model_, {}).problem(test_, {.k = k});
    const std::vector<Certificate> nothing(problem.predicted.size());
    EXPECT_EQ(faults({.space = Space::raw}, k, claims_of(problem, nothing)), 0);
    for (int& predicted : problem.predicted) predicted = (predicted + 1) % 3;
    EXPECT_EQ(faults({.space = Space::raw}, k, claims_of(problem, nothing)), problem.size());
  }
}

TEST_F(CheckClaimsTest, HoldsBoundsToTheDefinition) {
  for (ThreatModel threat : threats()) {
    if (threat.space == Space::preprocessed && threat.ellipsoid() != nullptr) continue;  // of 3 columns
    for (const Index k : {1, 5}) {
      const CertifiedKnn knn(model_, threat);
      const CertificationProblem problem = knn.problem(test_, {.k = k});
      std::vector<Claim> claims = claims_of(problem, knn_lower_bounds(knn, problem));
      EXPECT_EQ(faults(threat, k, claims), 0);
      const auto positive = std::count_if(claims.begin(), claims.end(), [](const Claim& c) { return c.radius > 0.0; });
      EXPECT_GT(positive, 10);
      for (Claim& claim : claims) claim.radius *= 0.5;
      EXPECT_EQ(faults(threat, k, claims), 0);
      for (Claim& claim : claims) claim.radius *= 2.0 * (1.0 + reference::slight_fault);
      EXPECT_EQ(faults(threat, k, claims), positive);
    }
  }
}

TEST_F(CheckClaimsTest, HoldsExactRadiiFromBothSides) {
  for (const ThreatModel& threat :
       {ThreatModel{}, ThreatModel{.space = Space::raw}, ThreatModel{Ellipsoid(ellipsoid()), Space::raw}}) {
    const CertifiedKnn knn(model_, threat);
    const CertificationProblem problem = knn.problem(test_);
    const std::vector<Claim> claims = claims_of(problem, exact_nn_radii(knn, problem));
    EXPECT_EQ(faults(threat, 1, claims), 0);
    const auto positive = std::count_if(claims.begin(), claims.end(), [](const Claim& c) { return c.radius > 0.0; });
    EXPECT_GT(positive, 15);
    const auto faults_of = [&](auto&& change) {
      std::vector<Claim> changed = claims;
      for (Claim& claim : changed) {
        if (claim.radius > 0.0) change(claim);
      }
      return faults(threat, 1, changed);
    };
    EXPECT_EQ(faults_of([](Claim& claim) { claim.radius *= 1.0 - reference::slight_fault; }),
              positive);  // the witness is outside
    // The row itself changes nothing.
    EXPECT_EQ(faults_of([&](Claim& claim) { claim.witness = problem.rows.row(claim.row); }), positive);
    // Too large from below, whatever the witness.
    EXPECT_EQ(faults_of([](Claim& claim) {
                claim.radius *= 1.0 + 100.0 * reference::slight_fault;
                claim.witness.reset();
              }),
              positive);
  }
}

TEST_F(CheckClaimsTest, NoExactRadiusIsInfiniteWhereAnotherClassCanBeReached) {
  const CertificationProblem problem = CertifiedKnn(model_, {}).problem(test_);
  std::vector<Claim> claims;
  Index right = 0;
  for (Index row = 0; row < problem.size(); ++row) {
    const auto at = static_cast<std::size_t>(row);
    if (problem.predicted[at] != problem.classes[at]) continue;
    ++right;
    claims.push_back({row, INFINITY, BoundKind::exact, problem.predicted[at]});
  }
  EXPECT_GT(right, 15);
  EXPECT_EQ(faults({}, 1, claims), right);
}

TEST_F(CheckClaimsTest, InABoxHoldsWitnessesAndRadii) {
  const RowVector least = test_.x.colwise().minCoeff();
  const ThreatModel threat{.space = Space::raw, .box = Box{least, test_.x.colwise().maxCoeff()}};
  const CertifiedKnn knn(model_, threat);
  const CertificationProblem problem = knn.problem(test_);
  const std::vector<Certificate> exact = exact_nn_radii(knn, problem);
  EXPECT_EQ(faults(threat, 1, claims_of(problem, exact)), 0);
  const CertifiedKnn free(model_, {.space = Space::raw});
  const std::vector<Certificate> unlimited = exact_nn_radii(free, problem);
  int outside = 0;
  for (const Certificate& certificate : unlimited) {
    if (certificate.witness) outside += *certificate.witness != threat.box->clamp(*certificate.witness) ? 1 : 0;
  }
  EXPECT_GT(outside, 0);
  EXPECT_GE(faults(threat, 1, claims_of(problem, unlimited)), outside);
}

TEST_F(CheckClaimsTest, FindsAWrongMapOfPerturbations) {
  // The checker computes L W itself: radii from another one do not hold.
  const CertifiedKnn right(model_, {.space = Space::raw});
  const CertificationProblem problem = right.problem(test_);
  Matrix wrong_map = right.classifier().map();
  wrong_map.row(0) *= 0.9;
  const CertifiedKnn wrong = with_map(right, wrong_map);
  EXPECT_EQ(faults({.space = Space::raw}, 1, claims_of(problem, knn_lower_bounds(right, problem))), 0);
  EXPECT_GT(faults({.space = Space::raw}, 1, claims_of(problem, knn_lower_bounds(wrong, problem))), 10);
  EXPECT_GT(faults({.space = Space::raw}, 1, claims_of(problem, exact_nn_radii(wrong, problem))), 10);
}

TEST_F(CheckClaimsTest, FindsAWrongFactorOfTheEllipsoid) {
  // A classifier that measures by another ellipsoid, as it would with a wrong C^-T.
  const ThreatModel claimed{Ellipsoid(ellipsoid()), Space::raw};
  const ThreatModel used{Ellipsoid(1.05 * ellipsoid()), Space::raw};
  const CertifiedKnn wrong(model_, used);
  const CertificationProblem problem = wrong.problem(test_);
  EXPECT_EQ(faults(used, 1, claims_of(problem, exact_nn_radii(wrong, problem))), 0);
  EXPECT_GT(faults(claimed, 1, claims_of(problem, exact_nn_radii(wrong, problem))), 10);
  EXPECT_GT(faults(claimed, 1, claims_of(problem, knn_lower_bounds(wrong, problem))), 10);
}

TEST_F(CheckClaimsTest, FindsWrongMappedRowsAndPredictions) {
  const CertifiedKnn right(model_, {});
  CertificationProblem problem = right.problem(test_);
  const geometry::PerturbedClassifier wrong(0.99 * right.classifier().mapped(), model_.labels.codes,
                                            right.classifier().map());
  EXPECT_GT(faults({}, 1, claims_of(problem, knn_lower_bounds({wrong, {}}, problem))), 5);
  const auto bounds = knn_lower_bounds(right, problem);
  problem.predicted[0] = 1 - std::min(1, problem.predicted[0]);
  EXPECT_EQ(faults({}, 1, claims_of(problem, bounds)), 1);
}

TEST_F(CheckClaimsTest, LeavesOutTheReferenceRowOfEachRow) {
  std::vector<Index> own(static_cast<std::size_t>(train_.rows()));
  std::iota(own.begin(), own.end(), Index{0});
  const CertifiedKnn knn(model_, {});
  for (const Index k : {1, 3}) {
    const CertificationProblem problem = knn.problem(train_, {.k = k, .left_out = own});
    std::vector<std::vector<Claim>> all = {claims_of(problem, knn_lower_bounds(knn, problem))};
    if (k == 1) all.push_back(claims_of(problem, exact_nn_radii(knn, problem)));
    for (std::vector<Claim>& claims : all) {
      const auto faults_with = [&](std::span<const Index> left_out) {
        const auto found = check_claims(model_, {}, k, train_, claims, left_out);
        return std::count_if(found.begin(), found.end(),
                             [](const Finding& finding) { return finding.fault.has_value(); });
      };
      EXPECT_EQ(faults_with(own), 0);
      if (k == 1) {
        EXPECT_GT(faults_with({}), 5);  // predicted by themselves
      }
      Index positive = 0;
      for (Claim& claim : claims) {
        positive += claim.radius > 0.0 ? 1 : 0;
        claim.radius *= 1.0 + 100.0 * reference::slight_fault;
        claim.witness.reset();
      }
      EXPECT_EQ(faults_with(own), positive);
    }
  }
  EXPECT_THROW((void)check_claims(model_, {}, 91, train_, {}, own), InputError);
}

TEST_F(CheckClaimsTest, ARightRadiusOfAWrongPredictionIsZero) {
  const CertificationProblem problem = CertifiedKnn(model_, {}).problem(test_);
  const auto wrong = std::mismatch(problem.predicted.begin(), problem.predicted.end(), problem.classes.begin()).first;
  ASSERT_NE(wrong, problem.predicted.end());
  const Index row = wrong - problem.predicted.begin();
  EXPECT_EQ(faults({}, 1, {{row, 0.0, BoundKind::exact, *wrong}}), 0);
  EXPECT_EQ(faults({}, 1, {{row, 0.1, BoundKind::exact, *wrong}}), 1);
}

TEST_F(CheckClaimsTest, AnAttackNeedsItsWitness) {
  const CertificationProblem problem = CertifiedKnn(model_, {}).problem(test_);
  const auto right =
      std::mismatch(problem.predicted.begin(), problem.predicted.end(), problem.classes.begin(), std::not_equal_to<>())
          .first;
  const Index row = right - problem.predicted.begin();
  EXPECT_EQ(faults({}, 1, {{row, 100.0, BoundKind::upper_bound, *right}}), 1);
  EXPECT_EQ(faults({}, 1, {{row, INFINITY, BoundKind::upper_bound, *right}}), 0);
}

TEST_F(CheckClaimsTest, RefusesRawUnitsWithoutAnAffineMap) {
  const model::Model unit = learners::train(train_, {.method = "euclidean", .preprocess = "unit"}).model;
  EXPECT_THROW((void)check_claims(unit, {.space = Space::raw}, 1, test_, {}), InputError);
  EXPECT_THROW((void)check_claims(model_, {}, 2, test_, {}), InputError);
  const CertifiedKnn knn(unit, {});
  const CertificationProblem problem = knn.problem(test_);
  std::vector<Claim> claims = claims_of(problem, knn_lower_bounds(knn, problem));
  for (const Finding& finding : check_claims(unit, {}, 1, test_, claims)) EXPECT_EQ(finding.fault, std::nullopt);
  for (Claim& claim : claims) claim.radius *= 1.0 + reference::slight_fault;
  const auto found = check_claims(unit, {}, 1, test_, claims);
  for (std::size_t at = 0; at < claims.size(); ++at)
    EXPECT_EQ(found[at].fault.has_value(), claims[at].radius > 0.0) << at;
}

TEST_F(CheckClaimsTest, KnowsFrozenColumnsAndFlips) {
  model_ = learners::train(train_, {.method = "lmnn", .preprocess = "standardize"}).model;
  const Flip flip{"last", {3}, (Matrix(3, 1) << -1.0, 0.0, 1.0).finished()};
  for (const Space space : {Space::raw, Space::preprocessed}) {
    for (const ThreatModel& threat :
         {ThreatModel{.space = space, .perturbed = std::vector<Index>{0, 2}},
          ThreatModel{Ellipsoid(ellipsoid()), space, std::nullopt, std::vector<Index>{1, 2}},
          ThreatModel{.space = space, .perturbed = std::vector<Index>{0, 1, 2}, .flips = {flip}}}) {
      const CertifiedKnn knn(model_, threat);
      for (const char* method : {"bound", "exact", "attack"}) {
        const CertificationProblem problem = knn.problem(test_);
        const auto radii = evaluate::radii(knn, problem, evaluate::find_certifier(method)).certificates;
        std::vector<Claim> claims = claims_of(problem, radii);
        EXPECT_EQ(faults(threat, 1, claims), 0) << method;
        const auto claimed = [&](auto&& change) {
          std::vector<Claim> changed = claims;
          std::erase_if(changed, [](const Claim& claim) { return !(claim.radius > 0.0) || std::isinf(claim.radius); });
          for (Claim& claim : changed) change(claim);
          return std::pair{faults(threat, 1, changed), static_cast<Index>(changed.size())};
        };
        if (std::string_view(method) != "attack") {
          const auto [found, count] = claimed([](Claim& claim) {
            claim.radius *= 1.0 + 100.0 * reference::slight_fault;
            claim.witness.reset();
          });
          EXPECT_EQ(found, count) << method;
          EXPECT_GT(count, 5);
        }
        if (std::string_view(method) == "bound") continue;
        // A witness may not touch what is frozen, however little.
        const auto [touched, all] = claimed([&](Claim& claim) {
          (*claim.witness)[3] += reference::visible;
          claim.radius += 1.0;
        });
        EXPECT_EQ(touched, all) << method;
      }
    }
  }
}

TEST_F(CheckClaimsTest, AFlipThatSufficesLeavesNoRadius) {
  model_ = learners::train(train_, {.method = "euclidean", .preprocess = "none"}).model;
  const Flip flip{"first", {0}, (Matrix(2, 1) << -100.0, 100.0).finished()};
  const ThreatModel threat{.perturbed = std::vector<Index>{1, 2, 3}, .flips = {flip}};
  const CertificationProblem problem = CertifiedKnn(model_, threat).problem(test_);
  std::vector<Claim> claims = claims_of(problem, std::vector<Certificate>(problem.predicted.size()));
  EXPECT_EQ(faults(threat, 1, claims), 0);
  for (Claim& claim : claims) claim.radius = reference::near_zero;
  EXPECT_EQ(faults(threat, 1, claims), test_.rows());
}

TEST_F(CheckClaimsTest, LowerEndsOfExactRadiiAreProvedByDualityOrPairsOrStayOpen) {
  struct Case {
    Norm norm;
    Index k;
  };
  Index proved = 0;
  Index open = 0;
  for (const auto& [norm, k] :
       {Case{Norm::l2, 1}, Case{Norm::l1, 1}, Case{Norm::linf, 1}, Case{Norm::l2, 3}, Case{Norm::linf, 3}}) {
    const ThreatModel threat{LpBall{norm}, Space::raw};
    const CertifiedKnn knn(model_, threat);
    const CertificationProblem problem = knn.problem(test_, {.k = k});
    const std::vector<Certificate> bounds = knn_lower_bounds(knn, problem);
    std::vector<Claim> claims =
        claims_of(problem, evaluate::radii(knn, problem, evaluate::find_certifier("exact")).certificates);
    const std::vector<Finding> findings = check_claims(model_, threat, k, test_, claims);
    for (std::size_t at = 0; at < findings.size(); ++at) {
      const bool by_pairs = bounds[at].radius >= claims[at].radius * (1.0 - reference::slight_fault);
      const bool by_duality = k == 1;
      EXPECT_EQ(findings[at].fault, std::nullopt);
      EXPECT_EQ(findings[at].lower_open, !by_pairs && !by_duality) << name(norm) << " " << k << " " << at;
      EXPECT_FALSE(findings[at].upper_open);
      if (by_duality || claims[at].radius == 0.0) continue;
      (findings[at].lower_open ? open : proved) += 1;
    }
    // Larger radii without witnesses: refuted by duality, else open at both ends.
    for (Claim& claim : claims) {
      claim.radius *= 1.0 + 100.0 * reference::slight_fault;
      claim.witness.reset();
    }
    const std::vector<Finding> larger = check_claims(model_, threat, k, test_, claims);
    for (std::size_t at = 0; at < larger.size(); ++at) {
      if (claims[at].radius == 0.0) continue;
      const bool by_duality = k == 1;
      EXPECT_EQ(larger[at].fault.has_value(), by_duality);
      EXPECT_EQ(larger[at].lower_open, !by_duality);
      EXPECT_EQ(larger[at].upper_open, !by_duality);
    }
  }
  EXPECT_GT(proved, 5);
  EXPECT_GT(open, 20);
}

TEST_F(CheckClaimsTest, RecountsPoisoning) {
  for (const Index k : {1, 3, 7}) {
    const CertifiedKnn knn(model_, {});
    const CertificationProblem problem = knn.problem(test_, {.k = k});
    const std::vector<Poisoning> numbers = poisoning(knn, problem);
    std::vector<Claim> claims = claims_of(problem, std::vector<Certificate>(problem.predicted.size()));
    for (std::size_t at = 0; at < claims.size(); ++at) claims[at].poisoning = numbers[at];
    EXPECT_EQ(faults({}, k, claims), 0);
    for (Index Poisoning::*const number : {&Poisoning::insertions, &Poisoning::deletions, &Poisoning::relabelings}) {
      for (const Index wrong : {-1, 1}) {
        std::vector<Claim> changed = claims;
        for (Claim& claim : changed) (*claim.poisoning).*number += wrong;
        EXPECT_EQ(faults({}, k, changed), test_.rows()) << k << " " << wrong;
      }
      std::vector<Claim> endless = claims;
      for (Claim& claim : endless) (*claim.poisoning).*number = Poisoning::never;
      EXPECT_EQ(faults({}, k, endless), test_.rows()) << k;
    }
  }
}

TEST_F(CheckClaimsTest, RecountsPoisoningOfTiesAndOfOneClass) {
  Dataset train;
  train.x = Matrix{{-1.0}, {1.0}, {1.0}, {2.0}, {-2.0}, {3.0}, {-3.0}};
  train.labels = encode_labels(std::vector<std::string>{"a", "b", "a", "b", "a", "a", "b"});
  Dataset test;
  test.x = Matrix{{0.0}, {0.5}, {-0.5}};
  test.labels = Labels{{0, 0, 0}, train.labels->names};
  model_ = learners::train(train, {.method = "euclidean", .preprocess = "none"}).model;
  const auto claims_with = [&](Index k) {
    const CertifiedKnn knn(model_, {});
    const CertificationProblem problem = knn.problem(test, {.k = k, .against = CertifyAgainst::predictions});
    test.labels->codes = problem.predicted;
    std::vector<Claim> claims = claims_of(problem, std::vector<Certificate>(problem.predicted.size()));
    const std::vector<Poisoning> numbers = poisoning(knn, problem);
    for (std::size_t at = 0; at < claims.size(); ++at) claims[at].poisoning = numbers[at];
    return claims;
  };
  const auto found_in = [&](Index k, const std::vector<Claim>& claims) {
    return std::ranges::count_if(check_claims(model_, {}, k, test, claims),
                                 [](const Finding& finding) { return finding.fault.has_value(); });
  };
  for (const Index k : {1, 3, 5, 7}) {
    std::vector<Claim> claims = claims_with(k);
    EXPECT_EQ(found_in(k, claims), 0) << k;
    for (Claim& claim : claims) claim.poisoning->deletions = 7;  // whatever the order of tied rows
    EXPECT_EQ(found_in(k, claims), 3) << k;
  }
  // All reference rows of one class: no deletion suffices.
  model_.labels.codes.assign(7, 0);
  std::vector<Claim> claims = claims_with(3);
  EXPECT_EQ(claims.front().poisoning->deletions, Poisoning::never);
  EXPECT_EQ(found_in(3, claims), 0);
  for (Claim& claim : claims) claim.poisoning->deletions = 6;
  EXPECT_EQ(found_in(3, claims), 3);
}

}  // namespace
}  // namespace holdfast::certify
