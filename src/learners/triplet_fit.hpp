// What the learners over a linear map L and triplets share.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/optim/minimize.hpp"

namespace holdfast::learners {

/// The pairs that should be near: of labels by Euclidean neighbours, or those of given triplets. What is odd about the
/// classes goes to the report. Throws InputError for pairs as supervision, from which `method` cannot learn.
[[nodiscard]] std::vector<linalg::RowPair> near_pairs_of(std::string_view method, const Matrix& x,
                                                         const constraints::Supervision& supervision, Index targets,
                                                         FitReport& report, const Observer& observer);

/// The same with the triplets over them, whose number goes to the report.
[[nodiscard]] constraints::TripletSet triplets_of(std::string_view method, const Matrix& x,
                                                  const constraints::Supervision& supervision,
                                                  const constraints::NeighborhoodOptions& options, FitReport& report,
                                                  const Observer& observer);

/// Rows sorted by their values, with the supervision renumbered to them.
struct SortedRows {
  Matrix x;
  constraints::Supervision supervision;
};
/// For learners that draw at random: what they draw, and so the metric, then depends on the seed and not on the order
/// in which the rows happen to come.
[[nodiscard]] SortedRows sorted_rows(const Matrix& x, const constraints::Supervision& supervision);

/// Mean squared distance of the pairs between rows of `mapped`, the scale of a metric: at 1 a hinge's margin of 1 means
/// something, whatever the units. Where all pairs are duplicates, that of the rows from their mean.
[[nodiscard]] double near_scale(const Matrix& mapped, const std::vector<linalg::RowPair>& near_pairs);

/// The identity, or the leading principal directions of x for a smaller rank (0: none), at a near_scale of 1.
[[nodiscard]] Matrix start_map(const Matrix& x, const std::vector<linalg::RowPair>& near_pairs, Index rank);

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

/// Throws InputError(message) unless it holds.
void require_option(bool holds, const std::string& message);
/// The checks of the options that all iterative learners over L have.
void require_iteration_options(Index max_iterations, double tolerance);
void require_rank(Index rank, Index dimension);
void require_neighborhood(Index neighbors, Index impostors);

}  // namespace holdfast::learners
