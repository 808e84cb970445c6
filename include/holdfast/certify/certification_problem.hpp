// Predictions to be certified.
#pragma once

#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast::certify {

/// Rows with the predictions of a k-NN classifier, made ready to be certified and attacked. CertifiedKnn::problem makes
/// one; it serves every threat in the same space.
struct CertificationProblem {
  Index k = 1;                 ///< nearest reference rows that vote, odd
  Matrix rows;                 ///< q x d, in the units of the threat
  Matrix queries;              ///< q x r, the same rows mapped
  std::vector<int> classes;    ///< q, the class that each prediction must keep; another prediction has radius 0
  std::vector<int> predicted;  ///< q
  /// Empty, or for each query one reference row that counts as absent (leave-one-out): the query's own, if queries are
  /// reference rows.
  std::vector<Index> left_out = {};

  [[nodiscard]] Index size() const { return rows.rows(); }
  /// The reference row that is absent for a query; -1 if all take part.
  [[nodiscard]] Index left_out_of(Index query) const {
    return left_out.empty() ? -1 : left_out[static_cast<std::size_t>(query)];
  }
  /// The first `count` queries, or all if there are fewer.
  [[nodiscard]] CertificationProblem first(Index count) const;
};

}  // namespace holdfast::certify
