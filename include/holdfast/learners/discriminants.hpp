// Directions that separate the classes in some region of the data: the basis of sparse compositional metrics.
#pragma once

#include "holdfast/constraints/triplets.hpp"
#include "holdfast/core/dataset.hpp"
#include "holdfast/core/random.hpp"

namespace holdfast::learners {

/// Fisher's discriminants of all rows: up to classes - 1 unit vectors (rows), in the order of their power to separate.
/// The scatter within classes is regularised as below.
[[nodiscard]] Matrix whole_discriminants(const MatrixView& x, const Labels& labels);

/// Up to `count` unit vectors (rows, K x d): for regions about the centres of k-means, the nearest rows of each class
/// to a centre, at two sizes (10 and 20 rows per class), give by Fisher's discriminant analysis up to classes - 1
/// directions, in the order of their power to separate (Shi, Bellet, Sha, AAAI 2014, section 3.2). The rows' scatter
/// within classes is regularised by a hundredth of its mean, so that fewer rows than columns are
/// enough. `count` is at least 1, and the labels satisfy constraints::require_separable.
[[nodiscard]] Matrix local_discriminants(const Matrix& x, const Labels& labels, Index count, Random& random);

/// The same without labels: for the anchors nearest to each centre, the directions in which impostors lie far and
/// targets near, by the scatters of their differences.
[[nodiscard]] Matrix local_discriminants(const Matrix& x, const constraints::TripletSet& set, Index count,
                                         Random& random);

}  // namespace holdfast::learners
