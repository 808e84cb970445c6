// NCA of many rows: each is compared with its nearest rows alone.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "holdfast/core/dataset.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/learners/nca.hpp"
#include "holdfast/objectives/triplet_objective.hpp"
#include "holdfast/optim/minimize.hpp"
#include "learners/anchor_batches.hpp"

namespace holdfast::learners {

/// The rows on which a fit over near rows tells its objective: at most `most_rows_at_once`, drawn by the seed.
std::vector<Index> rows_to_tell_by(Index rows, std::uint64_t seed);

/// Minimises over L from `map`, which becomes the best map found: NCA over near rows, with `robust` added if there is
/// one. The nearest rows are searched again under the metric every few iterations, and once more after the last; the
/// tolerance is relative to `scale`. The value of the result is that of `rows_to_tell_by` against all rows; the number
/// of near rows, the share of the softmax that they leave out and the value over them go to the report.
optim::Minimum minimize_over_near_rows(const MatrixView& x, const Labels& labels,
                                       const std::optional<objectives::TripletObjective>& robust, double scale,
                                       const NcaOptions& options, const FitContext& context, Matrix& map,
                                       FitReport& report);

}  // namespace holdfast::learners
