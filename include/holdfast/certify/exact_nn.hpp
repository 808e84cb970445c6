// The exact perturbation that changes a 1-NN prediction, in l2.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "holdfast/certify/perturbed_classifier.hpp"
#include "holdfast/core/observer.hpp"

namespace holdfast::certify {

struct ExactNnOptions {
  std::optional<Box> box = std::nullopt;  ///< only perturbed rows within it count
  Observer observer = {};                 ///< stage "certify", step in rows
};

/// For each query (q x r, mapped) of a class, the exact radius of its 1-NN prediction under l2 perturbations of the
/// rows that the classifier's map takes, or perturbations measured by its ellipsoid:
///     min over rows l of other classes of  min |delta|_2  such that  D2(z + delta, x_l) <= D2(z + delta, x_i)
/// for all rows i of the class, and lower <= row + delta <= upper in a box. 0 where `predicted` is not the class;
/// infinity where no row is of another class, or none can be made nearest within the box. The witness is row + delta,
/// from `rows` (q x d, the queries in the units of the radius), moved on towards x_l by half a billionth of the radius,
/// so that the prediction has changed there; that is checked against all reference rows, and where it fails (duplicates
/// with different labels, whose tie no perturbation breaks) there is no witness. Throws InputError where a row lies
/// outside the box.
///
/// Each inner problem is the projection of the origin onto a polyhedron, a_i . delta >= b_i with a_i = B^T (z_l - z_i):
/// a dual active-set method (Goldfarb and Idnani 1983) in which constraints enter as they are violated, first those of
/// the nearest rows of the class, then of all that the triangle inequality does not exclude. Its value only rises, so
/// that a row l is left as soon as it passes the best radius. Rows l are visited by a lower bound that is refined as
/// they come near the front: from their distance, from one constraint, from several. Constraints are rounded down by
/// their own rounding error, some 1e-13 of the squared lengths of the mapped rows, and the radii with them. Should
/// rounding keep an inner problem from its end, the certificate's kind is lower_bound.
[[nodiscard]] std::vector<Certificate> exact_nn_radii(const PerturbedClassifier& classifier, const MatrixView& queries,
                                                      const MatrixView& rows, std::span<const int> classes,
                                                      std::span<const int> predicted,
                                                      const ExactNnOptions& options = {});

}  // namespace holdfast::certify
