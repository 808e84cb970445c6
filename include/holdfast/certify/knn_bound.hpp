// Lower bounds on the perturbation that changes a k-NN prediction.
#pragma once

#include <vector>

#include "holdfast/certify/certificate.hpp"
#include "holdfast/certify/certified_knn.hpp"

namespace holdfast::certify {

struct KnnBoundOptions {
  /// 0: all pairs count. m: of rows of the class only the m nearest count (at least s), of other classes the 64 m
  /// nearest are visited and the rest bounded by their distance: a bound as valid, at most that of all pairs.
  Index nearest = 0;
  Observer observer = {};  ///< stage "certify", step in rows
};

/// For each query the bound of Wang et al. (NeurIPS 2020, arXiv 2006.07024) with s = (k+1)/2: over every reference row
/// l of another class the s-th largest pair bound over rows i of the class, then the s-th smallest over l. The pair
/// bound
///     e(i,l;z) = [D2(z,x_l) - D2(z,x_i)]+ / (2 |B^T (z_i - z_l)|_p*)
/// says that no perturbation of z of p-norm below it makes l nearer than i. 0 if the prediction is not the class to
/// keep; infinity if fewer than s rows are of other classes. Holds in any box.
///
/// Few pairs are formed: rows of other classes are visited by distance, (dist(z,l) - dist(z,i_s)) / (2 |B|) bounds what
/// is still to come, and a row l is left as soon as s of its pairs exceed the best so far. The result is exactly that
/// of the definition, rounded down. Distances come from matrix products over blocks of queries; those that enter a
/// bound are computed again from differences. Throws InputError for an invalid k.
[[nodiscard]] std::vector<Certificate> knn_lower_bounds(const CertifiedKnn& knn, const CertificationProblem& problem,
                                                        const KnnBoundOptions& options = {});

}  // namespace holdfast::certify
