// What the learners over a linear map L and triplets share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "holdfast/core/observer.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/objectives/parametrization.hpp"
#include "holdfast/optim/minimize.hpp"
#include "learners/required_supervision.hpp"

namespace holdfast::learners {

/// Mean squared distance of the pairs between rows of `mapped`, the scale of a metric: at 1 a hinge's margin of 1 means
/// something, whatever the units. Where all pairs are duplicates, that of the rows from their mean.
[[nodiscard]] double near_scale(const MatrixView& mapped, const std::vector<linalg::RowPair>& near_pairs);

/// The identity, or the leading principal directions of x for a smaller rank (0: none), at a near_scale of 1.
[[nodiscard]] Matrix start_map(const MatrixView& x, const std::vector<linalg::RowPair>& near_pairs, Index rank);

/// Minimises by L-BFGS over L from `map`, which becomes the best map found.
template <objectives::MapObjective Objective>
optim::Minimum minimize_over_map(const Objective& objective, Matrix& map, const optim::MinimizeOptions& options,
                                 const Observer& observer, std::string_view stage) {
  optim::Minimum minimum = optim::minimize(objectives::MapParametrization(objective, map.rows(), map.cols()),
                                           map.reshaped<Eigen::RowMajor>(), options, observer, stage);
  map = Eigen::Map<const Matrix>(minimum.x.data(), map.rows(), map.cols());
  return minimum;
}

/// Reports steps as those after `before`, of `total`.
[[nodiscard]] Observer continued(const Observer& observer, Index before, Index total);

/// The size of L at the start, and what to do if the metric has shrunk to nothing beside it.
struct CollapseCheck {
  double start_norm;
  std::string_view remedy;
};

/// Finishes every iterative fit: the end of the iterations goes to the report, the map becomes the metric. Throws
/// FitFailed if anything of it is not finite.
[[nodiscard]] Fit finish(std::string_view method, FitReport report, const optim::Minimum& minimum, Matrix map,
                         const std::optional<CollapseCheck>& check = {});

/// Throws InputError for a rank that is not between 0 and the number of columns.
void require_rank(Index rank, Index dimension);

}  // namespace holdfast::learners
