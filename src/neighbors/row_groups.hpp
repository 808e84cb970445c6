// Rows in groups around centres, packed for scanning, with the bounds that tell which groups a query may pass over.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/linalg/aligned_vector.hpp"
#include "holdfast/linalg/panel_kernels.hpp"

namespace holdfast::neighbors {

/// What rounding of the bounds below may add: gaps, radii and roots are rounded to a few units in the last place.
inline constexpr double bound_rounding = 1.0 - 1e-12;

/// A query is no nearer to the rows of a group than to the plane between its centre and the one nearest to the query,
/// from the squared distances to the two. `slack`: how far their difference may be from the true one.
[[nodiscard]] inline double plane_bound(double to_group, double to_nearest, double half_inverse_gap, double slack) {
  return (to_group - to_nearest - slack) * half_inverse_gap * bound_rounding;
}

/// Nor nearer than the ball around the centre.
[[nodiscard]] inline double ball_bound(double to_group, double radius, double slack) {
  return (std::sqrt(std::max(to_group - slack, 0.0)) - radius) * bound_rounding;
}

/// Rows of one part around one centre.
struct RowGroup {
  std::int32_t part;    ///< place among the parts
  Index begin;          ///< of its rows in `order`
  Index count;          ///< of rows; may be 0
  Index first_panel;    ///< of its packed rows
  double radius = 0.0;  ///< largest distance of a row from the centre
};

/// Groups of one part: consecutive ones.
struct PartOfGroups {
  Index begin;
  Index count;
  Matrix half_inverse_gaps;  ///< 1 / (2 |c_g - c_a|), count x count; 0 for a centre and itself
};

class RowGroups {
 public:
  RowGroups(Matrix rows, std::span<const int> parts, std::uint64_t seed);

  Matrix rows;
  std::vector<RowGroup> groups;
  std::vector<PartOfGroups> parts;
  std::vector<std::int32_t> order;     ///< row numbers, group after group
  std::vector<std::int32_t> group_of;  ///< of each row
  RowVector mean;                      ///< of the rows
  Matrix centres;                      ///< of the groups, less the mean
  Vector centre_squares;               ///< their squared lengths
  double largest_norm = 0.0;           ///< of a row or centre less the mean
  double unit = 1.0;  ///< power of two by which packed residuals are multiplied, so that float32 holds them

  const linalg::PanelKernel<float>& kernel;
  linalg::AlignedVector<float> panels;  ///< residuals x - c_g times `unit`, panel after panel, d x width each
  linalg::AlignedVector<float> bias;    ///< half their squared lengths; infinite beyond the last row of a group

  /// Squared distances of the groups begin..end-1 (rows) to queries less the mean (columns).
  [[nodiscard]] Matrix to_centres(Index begin, Index end, const Matrix& queries) const;
  /// How far a difference of two of them may be from the true one.
  [[nodiscard]] double slack() const;

 private:
  void make_groups(std::span<const int> codes, std::uint64_t seed);
  void pack(Index group);
};

}  // namespace holdfast::neighbors
