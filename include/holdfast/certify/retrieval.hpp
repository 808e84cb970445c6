// Certificates of a search for the nearest row among the rows themselves.
#pragma once

#include <optional>
#include <vector>

#include "holdfast/certify/certificate.hpp"
#include "holdfast/certify/certified_knn.hpp"

namespace holdfast::certify {

/// The answer to one query by all other rows of the gallery.
struct RetrievalCertificate {
  Index nearest = 0;  ///< the row found; of equally near ones the first
  /// "A row of the query's class stays first" (Recall@1): no smaller perturbation of the query makes a row of another
  /// class the nearest. 0 if the nearest is of another class. Nothing if the query is the only row of its class, for
  /// which no row is relevant.
  std::optional<Certificate> relevant = std::nullopt;
  /// "The nearest row stays the same row": no smaller perturbation of the query makes another row the nearest, relevant
  /// or not. 0 if another row is as near.
  Certificate same_row = {};
};

/// Rows that are queries and gallery at once.
struct RetrievalProblem {
  Matrix rows;             ///< n x d, n >= 2, in the units of the threat
  Matrix mapped;           ///< n x r, the same rows mapped
  std::vector<int> codes;  ///< n classes, in any numbering of at least 0: no model need know them
};

struct RetrievalOptions {
  Index queries = 0;       ///< only the first rows are queries, and all are the gallery; 0: all
  Observer observer = {};  ///< stages "neighbours" and "certify", step in rows
};

/// Maps the labelled rows, whose classes the model need not know. Throws InputError for rows without labels, fewer than
/// two rows, columns unknown to the model, and as perturbation_map does.
[[nodiscard]] RetrievalProblem retrieval_problem(const model::Model& model, const ThreatModel& threat,
                                                 const DatasetView& data);

/// For each query its certificates against all other rows, which stay as they are, under perturbations of the query
/// mapped by B (r x d).
///
/// "Relevant" is the 1-NN radius by labels with the gallery as reference rows: exact_nn_radii in l2 and ellipsoids,
/// knn_lower_bounds in l1 and linf. "Same row" is the smallest pair bound over all other rows l,
///     min_l [D2(z, x_l) - D2(z, x_i)] / (2 |B^T (z_i - z_l)|_p*)
/// for the nearest row i: the distance to the nearest of the half-spaces in which l is nearer than i, and so exact in
/// every norm without a box, and a lower bound in one (and where rows tie, so that it is 0). Throws as these functions
/// do.
[[nodiscard]] std::vector<RetrievalCertificate> retrieval_radii(const Matrix& map, const ThreatModel& threat,
                                                                const RetrievalProblem& problem,
                                                                const RetrievalOptions& options = {});

}  // namespace holdfast::certify
