// k-means: rows that stand for regions of the data.
#pragma once

#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::neighbors {

/// Up to `k` centres (rows, k x d) of the rows of `x`, fewer if there are fewer distinct rows: k-means++ seeding
/// (Arthur and Vassilvitskii 2007), then at most `iterations` of Lloyd's steps. A centre that loses all its rows stays
/// where it is. O(n k d) per step. Throws InputError for k < 1.
[[nodiscard]] Matrix kmeans(const MatrixView& x, Index k, Random& random, Index iterations = 10);

}  // namespace holdfast::neighbors
