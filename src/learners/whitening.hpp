// The map that gives rows the identity as their covariance, in the directions in which they differ.
#pragma once

#include <string_view>

#include "holdfast/core/types.hpp"
#include "holdfast/learners/fit_result.hpp"

namespace holdfast::learners {

struct Whitening {
  Matrix map;      ///< W, r x d: W C W^T = I for the covariance C of the rows (denominator n - 1), and W^T W = C^+
  Index rank = 0;  ///< r; 0 if all rows are equal, where W is one row of zeros
  Index varying_columns = 0;

  /// Warns if the columns that vary are linearly dependent, so that the metric leaves directions out.
  void warn_of_dependence(FitReport& report) const;
};

/// The whitening of `x` (n x d, two rows or more). The rank is that of the correlations, so that the units of the
/// columns do not matter. Throws FitFailed in the name of `method` if squares overflow.
[[nodiscard]] Whitening whitening_of(std::string_view method, const MatrixView& x);

/// Adds automatic_regularization of its mean to the scatter of whitened rows (r x r) if it is singular; a warning that
/// names it says so. Its size is judged by `total`, the scatter of all rows in each direction.
void regularize_whitened(Matrix& scatter, double total, std::string_view name, FitReport& report);

/// Throws InputError for fewer than two rows.
void require_two_rows(std::string_view method, const MatrixView& x);

}  // namespace holdfast::learners
