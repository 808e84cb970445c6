// The exact perturbation that changes a 1-NN prediction, in l2.
#pragma once

#include <span>
#include <vector>

#include "holdfast/certify/knn_bound.hpp"

namespace holdfast::certify {

struct ExactNnOptions {
  Observer observer = {};  ///< stage "certify", step in rows
};

/// For each query (q x r, mapped) of a class, the exact radius of its 1-NN prediction under l2 perturbations of the rows
/// that the classifier's map takes:
///     min over rows l of other classes of  min |delta|_2  such that  D2(z + delta, x_l) <= D2(z + delta, x_i)
/// for all rows i of the class. 0 where `predicted` is not the class; infinity where no row is of another class. The
/// witness is row + delta, from `rows` (q x d, the queries in the units of the radius), moved on towards x_l by a
/// ten-millionth of the radius: there the prediction has changed.
///
/// Each inner problem is the projection of the origin onto a polyhedron, a_i . delta >= b_i with a_i = B^T (z_l - z_i): a
/// dual active-set method (Goldfarb and Idnani 1983) in which constraints enter as they are violated. Its value only
/// rises, so that a row l is left as soon as it passes the best radius. Rows l are visited by their largest single
/// constraint, and the search ends when that passes the best radius too.
[[nodiscard]] std::vector<Certificate> exact_nn_radii(const PerturbedClassifier& classifier, const MatrixView& queries,
                                                      const MatrixView& rows, std::span<const int> classes,
                                                      std::span<const int> predicted,
                                                      const ExactNnOptions& options = {});

}  // namespace holdfast::certify
