// Claims about searches among the rows of a data set, verified independently of the code that computed them.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "holdfast/certify/check_claims.hpp"

namespace holdfast::certify {

/// A claim about the search of one row among all others, as RetrievalCertificate makes it.
struct RetrievalClaim {
  Index row = 0;      ///< of the data: the query
  Index nearest = 0;  ///< the row that is found
  /// No smaller perturbation of the query makes a row of another class the nearest; 0 if the nearest row is of another
  /// class. Nothing if the query is the only row of its class.
  std::optional<double> relevant = std::nullopt;
  BoundKind kind = BoundKind::lower_bound;          ///< of `relevant`
  std::optional<RowVector> witness = std::nullopt;  ///< the perturbed query of `relevant`
  double same_row = 0.0;                            ///< no smaller perturbation makes another row the nearest
};

/// Checks claims about labelled data, each row of which searches all others, by definitions and plain loops over all of
/// them:
/// - no row is nearer than `nearest`;
/// - `relevant` is given unless the query is the only row of its class, and holds as a claim about the 1-NN prediction
///   of the query by the other rows does (check_claims): in l2 and ellipsoids by duality against every row of another
///   class, and by its witness; in l1 and linf by pair bounds;
/// - `same_row` from below: for every other row l the distance to the half-space in which l is nearer,
///       [D2(z, x_l) - D2(z, x_i)] / (2 |B^T (z_i - z_l)|_p*),
///   reaches it. If there is no box it is exact, and so for one row l no farther than same_row (1 + 1e-6).
///
/// It computes rows, maps and distances itself, and shares what check_claims shares. Throws InputError for data without
/// labels or with a single row, for columns that flip, and for Space::raw if the model's preparation of rows is not
/// affine. The observer sees stage "check", step in claims.
[[nodiscard]] std::vector<Finding> check_retrieval(const model::Model& model, const ThreatModel& threat,
                                                   const DatasetView& data, std::span<const RetrievalClaim> claims,
                                                   const Observer& observer = {});

}  // namespace holdfast::certify
