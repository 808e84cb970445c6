// Supervision in the form that a learner needs, or an error that names the learners for the form given.
#pragma once

#include <string_view>
#include <vector>

#include "holdfast/constraints/scatters.hpp"
#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/learners/fit_result.hpp"

namespace holdfast::learners {

/// The error of a fit whose objective is not finite.
[[nodiscard]] FitFailed not_finite(std::string_view method, Index iterations);

/// The scatters of labels or pairs. Throws InputError for triplets, from which `method` cannot learn, and FitFailed if
/// the scatters overflow.
[[nodiscard]] constraints::Scatters scatters_of(std::string_view method, const MatrixView& x,
                                                const constraints::Supervision& supervision);

/// The labels. Throws InputError for pairs and triplets.
[[nodiscard]] const Labels& labels_of(std::string_view method, const constraints::Supervision& supervision);

/// The pairs that should be near: of labels by Euclidean neighbours, or those of given triplets. What is odd about the
/// classes goes to the report. Throws InputError for pairs as supervision, from which `method` cannot learn, and
/// FitFailed if the squared distances overflow.
[[nodiscard]] std::vector<linalg::RowPair> near_pairs_of(std::string_view method, const MatrixView& x,
                                                         const constraints::Supervision& supervision, Index targets,
                                                         FitReport& report, const Observer& observer);

/// The same with the triplets over them, whose number goes to the report.
[[nodiscard]] constraints::TripletSet triplets_of(std::string_view method, const MatrixView& x,
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
[[nodiscard]] SortedRows sorted_rows(const MatrixView& x, const constraints::Supervision& supervision);

}  // namespace holdfast::learners
