// Attempts to change a prediction from inside its certified radius: what a sound certificate withstands.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "holdfast/core/random.hpp"
#include "holdfast/evaluate/certifier.hpp"
#include "holdfast/model/predictor.hpp"

namespace holdfast::reference {

/// The direction of unit norm along which a.v grows fastest.
inline Vector steepest(const Vector& a, geometry::Norm norm) {
  switch (norm) {
    case geometry::Norm::l1: {
      Vector v = Vector::Zero(a.size());
      Index largest = 0;
      a.cwiseAbs().maxCoeff(&largest);
      v[largest] = a[largest] < 0.0 ? -1.0 : 1.0;
      return v;
    }
    case geometry::Norm::linf: return a.unaryExpr([](double value) { return value < 0.0 ? -1.0 : 1.0; });
    case geometry::Norm::l2: break;
  }
  return a.norm() > 0.0 ? Vector(a.normalized()) : Vector(Vector::Unit(a.size(), 0));
}

/// What happened to the attempts on one set of rows.
struct Attempts {
  long tries = 0;
  long successes = 0;
  std::string first_success;
};

/// Attacks each row inside its radius, `tries_per_row` times: random directions, directions across the bisectors of one
/// row of the class and one of another, the nearest ones most often, and, if `witnesses` has one, near the direction of
/// a known attack; at the radius and at random shares of it. Radii count to `share` of themselves: what rounding
/// leaves.
inline Attempts attempt(const model::Model& model, const certify::CertifiedKnn& knn,
                        const certify::CertificationProblem& problem, const std::vector<certify::Certificate>& radii,
                        const std::vector<certify::Certificate>& witnesses, double share, Index tries_per_row,
                        std::uint64_t seed) {
  const geometry::PerturbedClassifier& classifier = knn.classifier();
  const geometry::Norm norm = knn.threat().norm();
  const model::Predictor predictor(model);
  const Matrix& mapped = classifier.mapped();
  Attempts attempts;
  Random random(seed);
  for (Index row = 0; row < problem.rows.rows(); ++row) {
    const auto at = static_cast<std::size_t>(row);
    const double radius = radii[at].radius * share;
    if (!(radius > 0.0) || std::isinf(radius)) continue;
    // Reference rows of either kind, nearest first.
    std::vector<std::pair<double, Index>> own;
    std::vector<std::pair<double, Index>> others;
    for (Index i = 0; i < mapped.rows(); ++i) {
      const double distance = (mapped.row(i) - problem.queries.row(row)).squaredNorm();
      (classifier.codes()[static_cast<std::size_t>(i)] == problem.classes[at] ? own : others).emplace_back(distance, i);
    }
    std::sort(own.begin(), own.end());
    std::sort(others.begin(), others.end());
    const auto draw = [&](const std::vector<std::pair<double, Index>>& from) {
      // Half of the draws among the eight nearest.
      const auto size = static_cast<Index>(from.size());
      return from[static_cast<std::size_t>(random.below(random.below(2) == 0 ? std::min<Index>(8, size) : size))]
          .second;
    };
    Matrix moved(tries_per_row, problem.rows.cols());
    for (Index t = 0; t < tries_per_row; ++t) {
      Vector u(classifier.map().cols());
      for (double& value : u) value = random.normal();
      if (t % 4 != 0 && !others.empty()) {
        u = steepest(classifier.map().transpose() * (mapped.row(draw(others)) - mapped.row(draw(own))).transpose(),
                     norm);
      }
      if (t % 4 == 3 && !witnesses.empty() && witnesses[at].witness) {
        const Vector towards = classifier.to_norm_space((*witnesses[at].witness - problem.rows.row(row)).transpose());
        u = towards + 0.1 * random.uniform() * towards.norm() * u / u.norm();
        if (t % 8 == 3) u = towards;
      }
      const double size = t % 3 == 2 ? radius * random.uniform() : radius;
      u *= size / geometry::length(u, norm);
      moved.row(t) = problem.rows.row(row) + classifier.to_row_space(u).transpose();
    }
    const Matrix prepared =
        knn.threat().space == certify::Space::raw ? model.preprocessor.apply(moved) : Matrix(std::move(moved));
    const std::vector<int> now = predictor.predict(prepared, problem.k);
    for (Index t = 0; t < tries_per_row; ++t) {
      ++attempts.tries;
      if (now[static_cast<std::size_t>(t)] == problem.predicted[at]) continue;
      if (attempts.successes++ == 0) {
        attempts.first_success = "row " + std::to_string(row) + ", radius " + std::to_string(radii[at].radius);
      }
    }
  }
  return attempts;
}

}  // namespace holdfast::reference
