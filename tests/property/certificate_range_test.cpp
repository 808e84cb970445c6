// Certificates are sound, or refused, over the whole range of float64: columns at scales from 2^-1070 to 2^1000, alone
// and mixed. The checker of claims is one judge, perturbations inside the radius are the other.
#include <gtest/gtest.h>

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

/// Moves each row inside its radius, one column or all at a time, and predicts again.
void expect_unchanged(const model::Model& model, const certify::CertifiedKnn& knn,
                      const certify::CertificationProblem& problem, const std::vector<certify::Certificate>& radii,
                      Outcome& outcome) {
  Random random(7);
  const model::Predictor predictor(model);
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
    if (!moved.allFinite()) continue;
    const Matrix prepared = knn.threat().space == certify::Space::raw ? model.preprocessor.apply(moved) : Matrix(moved);
    if (!prepared.allFinite()) continue;
    const std::vector<int> now = predictor.predict(prepared, problem.k);
    for (Index at = 0; at < moved.rows(); ++at) {
      const double size = knn.threat().measure((moved.row(at) - problem.rows.row(row)).transpose());
      if (!(size < radius * (1.0 - reference::slight_fault))) continue;
      ++outcome.tries;
      EXPECT_EQ(now[static_cast<std::size_t>(at)], problem.predicted[static_cast<std::size_t>(row)])
          << "row " << row << ", radius " << radius;
    }
  }
}

void expect_sound(const Dataset& data, const char* preprocess, Outcome& outcome) {
  const model::Model model = learners::train(data, {.method = "euclidean", .preprocess = preprocess}).model;
  for (const certify::Space space : {certify::Space::preprocessed, certify::Space::raw}) {
    for (const Norm norm : {Norm::l2, Norm::l1, Norm::linf}) {
      for (const Index k : {1, 3}) {
        const ThreatModel threat{.ball = certify::LpBall{norm}, .space = space};
        for (const char* method : {"fast", "bound", "exact"}) {
          const evaluate::Certifier& certifier = evaluate::find_certifier(method);
          if (!certifier.unsupported(threat, k).empty()) continue;
          SCOPED_TRACE(std::string(preprocess) + ", " + std::string(certify::name(space)) + ", " +
                       std::string(threat.norm_name()) + ", k " + std::to_string(k) + ", " + method);
          try {
            const certify::CertifiedKnn knn(model, threat);
            const certify::CertificationProblem problem = knn.problem(data, {.k = k});
            const evaluate::Radii radii = evaluate::radii(knn, problem, certifier);
            std::vector<certify::Claim> claims;
            for (Index row = 0; row < problem.size(); ++row) {
              const auto at = static_cast<std::size_t>(row);
              const certify::Certificate& certificate = radii.certificates[at];
              EXPECT_TRUE(std::isfinite(certificate.radius)) << "row " << row;
              claims.push_back({row, certificate.radius, certificate.kind, problem.predicted[at], certificate.witness});
            }
            for (const auto& fault : certify::check_claims(model, threat, k, data, claims)) {
              EXPECT_FALSE(fault) << fault.value_or("");
            }
            expect_unchanged(model, knn, problem, radii.certificates, outcome);
            ++outcome.certified;
          } catch (const InputError&) {
            ++outcome.refused;
          }
        }
      }
    }
  }
}

TEST(CertificateRange, NoCertificateIsUnsoundAtAnyScale) {
  const Dataset ordinary = reference::clouds(16, 2, 2, 1);
  const std::vector<int> exponents = {-1070, -1040, -800, -565, -520, -300, 0, 300, 505, 700, 1000};
  Outcome outcome;
  for (const int first : exponents) {
    for (const int second : exponents) {
      Dataset data = ordinary;
      data.x.col(0) = data.x.col(0).unaryExpr([=](double value) { return std::ldexp(value, first); });
      data.x.col(1) = data.x.col(1).unaryExpr([=](double value) { return std::ldexp(value, second); });
      for (const char* preprocess : {"none", "standardize", "whiten"}) {
        SCOPED_TRACE("2^" + std::to_string(first) + ", 2^" + std::to_string(second));
        try {
          expect_sound(data, preprocess, outcome);
        } catch (const InputError&) {
          ++outcome.refused;
        }
      }
    }
  }
  EXPECT_GT(outcome.certified, 10 * outcome.refused);
  EXPECT_GT(outcome.tries, 10'000);
}

}  // namespace
}  // namespace holdfast
