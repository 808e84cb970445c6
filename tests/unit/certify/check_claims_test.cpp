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
    return std::count_if(found.begin(), found.end(), [](const auto& fault) { return fault.has_value(); });
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
        return std::count_if(found.begin(), found.end(), [](const auto& fault) { return fault.has_value(); });
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
  for (const auto& fault : check_claims(unit, {}, 1, test_, claims)) EXPECT_EQ(fault.value_or(""), "");
  for (Claim& claim : claims) claim.radius *= 1.0 + reference::slight_fault;
  const auto found = check_claims(unit, {}, 1, test_, claims);
  for (std::size_t at = 0; at < claims.size(); ++at) EXPECT_EQ(found[at].has_value(), claims[at].radius > 0.0) << at;
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

}  // namespace
}  // namespace holdfast::certify
