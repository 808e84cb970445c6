// The exact perturbation that changes a 1-NN prediction, in l2.
#pragma once

#include <vector>

#include "holdfast/certify/certificate.hpp"
#include "holdfast/certify/certified_knn.hpp"

namespace holdfast::certify {

/// For each query the exact radius of its 1-NN prediction (whatever the problem's k) under perturbations measured in l2
/// or by the threat's ellipsoid (in l2 as well if the threat is in l1 or linf):
///     min over rows l of other classes of  min |delta|_2  such that  D2(z + delta, x_l) <= D2(z + delta, x_i)
/// for all rows i of the class, and lower <= row + delta <= upper in a box. 0 if the prediction is not the class to
/// keep; infinity if no row is of another class, or none can be made nearest within the box. The witness is row +
/// delta, moved on towards x_l by half a billionth of the radius, so that the prediction has changed there; that is
/// checked against all reference rows, and if it fails (duplicates with different labels, whose tie no perturbation
/// breaks) there is no witness. Throws InputError if a row lies outside the box.
///
/// Each inner problem is the projection of the origin onto a polyhedron, a_i . delta >= b_i with a_i = B^T (z_l - z_i):
/// a dual active-set method (Goldfarb and Idnani 1983) in which constraints enter as they are violated, first those of
/// the nearest rows of the class, then of all that the triangle inequality does not exclude. Its value only rises, so
/// that a row l is left as soon as it passes the best radius. Rows l are visited by a lower bound that is refined as
/// they near the front of the queue: from their distance, from one constraint, from several. Constraints are rounded
/// down by their own rounding error, some 1e-13 of the squared lengths of the mapped rows, and the radii with them. If
/// rounding keeps an inner problem from its end, the certificate's kind is lower_bound. The observer sees stage
/// "certify".
///
/// Throws InputError if has_exact_range() is false.
[[nodiscard]] std::vector<Certificate> exact_nn_radii(const CertifiedKnn& knn, const CertificationProblem& problem,
                                                      const Observer& observer = {});

/// Whether the columns of B, those of zeros aside, differ in size by a factor of 2^600 at most.
[[nodiscard]] bool has_exact_range(const CertifiedKnn& knn);
/// Throws InputError unless they do.
void require_exact_range(const CertifiedKnn& knn);

}  // namespace holdfast::certify
