// Problems put together by hand, for tests of certificates without a model.
#pragma once

#include "holdfast/certify/exact_nn.hpp"
#include "holdfast/certify/knn_bound.hpp"

namespace holdfast::reference {

/// `queries` (q x r) are `rows` (q x d) mapped.
inline certify::CertificationProblem problem_of(Matrix queries, Matrix rows, std::vector<int> classes,
                                                std::vector<int> predicted, Index k = 1) {
  return {k, std::move(rows), std::move(queries), std::move(classes), std::move(predicted)};
}

/// Lower bounds, for which the rows before the map do not matter.
inline std::vector<certify::Certificate> lower_bounds(const geometry::PerturbedClassifier& classifier,
                                                      const Matrix& queries, const std::vector<int>& classes,
                                                      const std::vector<int>& predicted, Index k = 1,
                                                      const certify::ThreatModel& threat = {}, Index nearest = 0) {
  const Matrix rows = Matrix::Zero(queries.rows(), classifier.row_dimension());
  return certify::knn_lower_bounds({classifier, threat}, problem_of(queries, rows, classes, predicted, k),
                                   {.nearest = nearest});
}
inline std::vector<certify::Certificate> lower_bounds(const geometry::PerturbedClassifier& classifier,
                                                      const Matrix& queries, const std::vector<int>& classes,
                                                      const std::vector<int>& predicted, Index k, geometry::Norm norm) {
  return lower_bounds(classifier, queries, classes, predicted, k, {.ball = certify::LpBall{norm}});
}

inline std::vector<certify::Certificate> exact_radii(const geometry::PerturbedClassifier& classifier,
                                                     const Matrix& queries, const Matrix& rows,
                                                     const std::vector<int>& classes, const std::vector<int>& predicted,
                                                     const certify::ThreatModel& threat = {}) {
  return certify::exact_nn_radii({classifier, threat}, problem_of(queries, rows, classes, predicted));
}

}  // namespace holdfast::reference
