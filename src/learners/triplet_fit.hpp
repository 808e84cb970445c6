// What the learners over a linear map L and triplets share.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "holdfast/core/observer.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/optim/minimize.hpp"
#include "learners/required_supervision.hpp"

namespace holdfast::learners {

/// Mean squared distance of the pairs between rows of `mapped`, the scale of a metric: at 1 a hinge's margin of 1 means
/// something, whatever the units. Where all pairs are duplicates, that of the rows from their mean.
[[nodiscard]] double near_scale(const Matrix& mapped, const std::vector<linalg::RowPair>& near_pairs);

/// The identity, or the leading principal directions of x for a smaller rank (0: none), at a near_scale of 1.
[[nodiscard]] Matrix start_map(const MatrixView& x, const std::vector<linalg::RowPair>& near_pairs, Index rank);

/// An objective over M = L^T L: its value at L (r x d), and df/dM (d x d) into `gradient`.
using MapObjective = std::function<double(const MatrixView& map, Matrix& gradient)>;

/// The objective as a function of the entries of L, row by row: df/dL = 2 L df/dM.
[[nodiscard]] std::function<double(const Vector& x, Vector& gradient)> over_map(MapObjective objective, Index rows,
                                                                                Index columns);

/// Minimises by L-BFGS over L from `map`, which becomes the best map found.
optim::Minimum minimize_over_map(const MapObjective& objective, Matrix& map, const optim::MinimizeOptions& options,
                                 const Observer& observer, std::string_view stage);

/// Reports steps as those after `before`, of `total`.
[[nodiscard]] Observer continued(const Observer& observer, Index before, Index total);

/// Notes how the iterations ended, and warns where the metric has shrunk to nothing beside its start.
void conclude(const Matrix& map, double start_norm, std::string_view remedy, FitReport& report);

/// Throws InputError for a rank that is not between 0 and the number of columns.
void require_rank(Index rank, Index dimension);

}  // namespace holdfast::learners
