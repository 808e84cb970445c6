// The start of the fits over L.
#pragma once

#include <vector>

#include "holdfast/constraints/supervision.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/learners/start.hpp"
#include "holdfast/linalg/pair_graph.hpp"

namespace holdfast::learners {

/// Mean squared distance of the pairs between rows of `mapped`, the scale of a metric: at the scale 1 a hinge's margin
/// of 1 means something, in any units. If all pairs are duplicates: the mean squared distance of the rows from their
/// mean.
[[nodiscard]] double near_scale(const MatrixView& mapped, const std::vector<linalg::RowPair>& near_pairs);

/// What `automatic` stands for if there are no classes: identity, or pca for a smaller rank. Other starts as they are.
[[nodiscard]] Start without_classes(Start start, Index rank, Index dimension);

/// L at the start, of `rank` rows (0: d), at a near_scale of 1; `context.start` as it is, if given. If the data have
/// fewer discriminants than `rank`, the other rows are principal directions of what the discriminants leave, which
/// `report` warns of unless the start is `automatic`. Throws InputError for discriminants without labels, and for a
/// given start of another shape.
[[nodiscard]] Matrix start_map(const MatrixView& x, const constraints::Supervision& supervision,
                               const std::vector<linalg::RowPair>& near_pairs, Index rank, Start start,
                               const FitContext& context, FitReport& report);

}  // namespace holdfast::learners
