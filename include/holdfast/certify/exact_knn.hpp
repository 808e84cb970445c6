// The exact perturbation that changes a k-NN prediction, or an interval that holds it.
#pragma once

#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "holdfast/certify/certificate.hpp"
#include "holdfast/certify/certified_knn.hpp"

namespace holdfast::certify {

struct ExactOptions {
  double time_limit = 10.0;  ///< seconds per row, after which an interval is given; above 0
  Index max_nodes = 0;       ///< parts of the search per row, after which an interval is given; 0: no limit
  /// Radii of this size or more need not be resolved: they get a lower bound of at least this.
  double up_to = std::numeric_limits<double>::infinity();
  /// Empty, or for each row what an attack found: the search starts from there.
  std::span<const Certificate> attacks = {};
  Observer observer = {};  ///< stage "certify", step in rows
};

/// For each query the exact radius of its k-NN prediction, k odd, under perturbations measured in l2, l1, linf or by
/// the threat's ellipsoid, within the box if there is one. The kind is exact, with a witness as exact_nn_radii makes
/// it; or lower_bound if the search ended before its time, if no perturbation breaks the tie at the radius (equal rows
/// of several classes), or if the radius is beyond `up_to`: then the radius
/// lies between it and `upper`, the size of the witness, infinite if none was found. For k = 1 in l2 and ellipsoids the
/// results are those of exact_nn_radii.
///
/// The class y loses at z + delta if and only if for some row q of another class at most s - 1 rows of y are nearer
/// than q and at least s - 1 others are no farther, s = (k+1)/2 (two classes; for more, such regions by rival and
/// number of votes). Each region is a union of polyhedra. A best-first search divides it: the perturbation nearest to
/// the origin under the decisions so far is a projection (as in exact_nn_radii), or in l1 and linf a linear program
/// (SimplexPoint); where a quota is exceeded there, one of the most violated rows must be out, where one is lacking,
/// one of the nearest missing rows must be in. A part whose nearest point meets all quotas is the answer, because parts
/// are taken by their lower bounds. Whenever the search stops, the least bound of the open parts is a lower bound of
/// the radius. A row's result does not depend on other rows or on the number of threads, unless the time limit is hit.
///
/// Throws InputError if has_exact_range() is false, if a row lies outside the box, and for options out of range.
[[nodiscard]] std::vector<Certificate> exact_knn_radii(const CertifiedKnn& knn, const CertificationProblem& problem,
                                                       const ExactOptions& options = {});

}  // namespace holdfast::certify
