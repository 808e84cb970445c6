// Certificates are sound, or refused, over the whole range of float64: columns at scales from 2^-1070 to 2^1000, alone
// and mixed. The checker of claims is one judge; the other are perturbations inside the radius, predicted by an oracle
// whose numbers have a wider range.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "holdfast/certify/check_claims.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/evaluate/certifier.hpp"
#include "holdfast/learners/train.hpp"
#include "reference/labelled_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast {
namespace {

using certify::ThreatModel;
using geometry::Norm;

struct Outcome {
  long certified = 0;
  long refused = 0;
  long tries = 0;
};

/// Oracle: the majority of two classes among the k rows of `x` nearest to `query`, in long double, where no square
/// leaves the range.
int majority(const RowVector& query, const Matrix& x, const std::vector<int>& codes, Index k) {
  std::vector<std::pair<long double, int>> found;
  for (Index row = 0; row < x.rows(); ++row) {
    const auto delta = x.row(row).cast<long double>() - query.cast<long double>();
    found.emplace_back(delta.squaredNorm(), codes[static_cast<std::size_t>(row)]);
  }
  std::ranges::nth_element(found, found.begin() + k - 1);
  const auto ones = std::count_if(found.begin(), found.begin() + k, [](const auto& pair) { return pair.second == 1; });
  return 2 * ones > k ? 1 : 0;
}

/// Moves each row inside its radius, one column or all at a time, and predicts again.
void expect_unchanged(const model::Model& model, const certify::CertifiedKnn& knn,
                      const certify::CertificationProblem& problem, const std::vector<certify::Certificate>& radii,
                      Outcome& outcome) {
  Random random(7);
  const Index columns = problem.rows.cols();
  for (Index row = 0; row < problem.size(); ++row) {
    const double radius = radii[static_cast<std::size_t>(row)].radius;
    if (!(radius > 0.0) || std::isinf(radius)) continue;
    Matrix moved = problem.rows.row(row).replicate(2 * columns + 2, 1);
    for (Index column = 0; column < columns; ++column) {
      moved(2 * column, column) += 0.9 * radius;
      moved(2 * column + 1, column) -= 0.9 * radius;
      moved(2 * columns, column) += 0.5 * radius * random.normal();
      moved(2 * columns + 1, column) += 0.5 * radius * random.normal();
    }
    if (knn.threat().box) {
      for (Index at = 0; at < moved.rows(); ++at) moved.row(at) = knn.threat().box->clamp(moved.row(at));
    }
    if (!moved.allFinite()) continue;
    const Matrix prepared = knn.threat().space == certify::Space::raw ? model.preprocessor.apply(moved) : Matrix(moved);
    if (!prepared.allFinite()) continue;
    for (Index at = 0; at < moved.rows(); ++at) {
      const double size = knn.threat().measure((moved.row(at) - problem.rows.row(row)).transpose());
      if (!(size < radius * (1.0 - reference::slight_fault))) continue;
      ++outcome.tries;
      EXPECT_EQ(majority(prepared.row(at), model.reference, model.labels.codes, problem.k),
                problem.predicted[static_cast<std::size_t>(row)])
          << "row " << row << ", radius " << radius;
    }
  }
}

std::vector<ThreatModel> norms() {
  std::vector<ThreatModel> threats;
  for (const Norm norm : {Norm::l2, Norm::l1, Norm::linf}) threats.push_back({.ball = certify::LpBall{norm}});
  return threats;
}

/// An ellipsoid, and a box around the rows.
std::vector<ThreatModel> other_threats(const Matrix& rows) {
  return {{.ball = certify::Ellipsoid(Matrix{{1.0, 0.5}, {0.5, 2.0}})},
          {.box = geometry::Box{rows.colwise().minCoeff(), rows.colwise().maxCoeff()}}};
}

void expect_sound_radii(const model::Model& model, const ThreatModel& threat, const Dataset& data, Index k,
                        const evaluate::Certifier& certifier, Outcome& outcome) {
  const certify::CertifiedKnn knn(model, threat);
  const certify::CertificationProblem problem = knn.problem(data, {.k = k});
  const evaluate::Radii radii = evaluate::radii(knn, problem, certifier, {.query_budget = 32, .max_nodes = 100});
  std::vector<certify::Claim> claims;
  for (Index row = 0; row < problem.size(); ++row) {
    const auto at = static_cast<std::size_t>(row);
    const certify::Certificate& certificate = radii.certificates[at];
    const bool may_be_infinite = threat.box || certifier.kind == certify::BoundKind::upper_bound;
    EXPECT_TRUE(may_be_infinite || std::isfinite(certificate.radius)) << "row " << row;
    // An interval is a claim of an exact search: its lower end is no pair bound.
    const bool is_interval = certificate.upper && certificate.kind == certify::BoundKind::lower_bound;
    claims.push_back({row, certificate.radius, is_interval ? certify::BoundKind::exact : certificate.kind,
                      problem.predicted[at], certificate.witness, certificate.upper});
  }
  for (const certify::Finding& finding : certify::check_claims(model, threat, k, data, claims)) {
    EXPECT_EQ(finding.fault, std::nullopt);
  }
  if (certifier.kind != certify::BoundKind::upper_bound) {
    expect_unchanged(model, knn, problem, radii.certificates, outcome);
  }
  ++outcome.certified;
}

void expect_sound(const model::Model& model, ThreatModel threat, certify::Space space, const Dataset& data,
                  bool with_attacks, Outcome& outcome) {
  threat.space = space;
  for (const Index k : {1, 3}) {
    for (const evaluate::Certifier& certifier : evaluate::certifiers()) {
      if (certifier.kind == certify::BoundKind::upper_bound && !with_attacks) continue;
      // The search by regions takes its time: two of its cases stand for the others.
      const bool by_regions = certifier.kind == certify::BoundKind::exact && (k > 1 || !threat.is_euclidean());
      const bool stands_for_others = threat.ellipsoid() == nullptr && !threat.box &&
                                     (k == 1 ? threat.norm() == Norm::linf : threat.norm() == Norm::l2);
      if (by_regions && !(stands_for_others && space == certify::Space::preprocessed)) continue;
      SCOPED_TRACE(std::string(certify::name(space)) + ", " + std::string(threat.norm_name()) +
                   (threat.box ? " in a box" : "") + ", k " + std::to_string(k) + ", " + std::string(certifier.name));
      try {
        expect_sound_radii(model, threat, data, k, certifier, outcome);
      } catch (const InputError&) {
        ++outcome.refused;
      }
    }
  }
}

Dataset scaled(Dataset data, int first, int second) {
  data.x.col(0) = data.x.col(0).unaryExpr([=](double value) { return std::ldexp(value, first); });
  data.x.col(1) = data.x.col(1).unaryExpr([=](double value) { return std::ldexp(value, second); });
  return data;
}

TEST(CertificateRange, NoCertificateIsUnsoundAtAnyScale) {
  const Dataset ordinary = reference::clouds(16, 2, 2, 1);
  const std::vector<int> exponents = {-1070, -1040, -800, -565, -520, -300, 0, 300, 505, 700, 1000};
  const std::vector<int> some = {-1070, -565, -300, 0, 505, 1000};
  Outcome outcome;
  Outcome others;  // ellipsoids, boxes and attacks
  for (const int first : exponents) {
    for (const int second : exponents) {
      const Dataset data = scaled(ordinary, first, second);
      const bool all = std::ranges::count(some, first) > 0 && std::ranges::count(some, second) > 0;
      for (const char* preprocess : {"none", "standardize", "whiten"}) {
        SCOPED_TRACE("2^" + std::to_string(first) + ", 2^" + std::to_string(second) + ", " + preprocess);
        try {
          const model::Model model = learners::train(data, {.method = "euclidean", .preprocess = preprocess}).model;
          for (const certify::Space space : {certify::Space::preprocessed, certify::Space::raw}) {
            for (const ThreatModel& threat : norms()) expect_sound(model, threat, space, data, all, outcome);
            if (!all) continue;
            for (const ThreatModel& threat : other_threats(space == certify::Space::raw ? data.x : model.reference)) {
              expect_sound(model, threat, space, data, all, others);
            }
          }
        } catch (const InputError&) {
          ++outcome.refused;
        }
      }
    }
  }
  EXPECT_GT(outcome.certified, 10 * outcome.refused);
  EXPECT_GT(outcome.tries, 10'000);
  EXPECT_GT(others.certified, others.refused) << others.certified << " and " << others.refused;
  EXPECT_GT(others.tries, 1'000);
}

}  // namespace
}  // namespace holdfast
