// Batches of rows for objectives over all rows: which rows a stochastic step looks from.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::learners {

/// Rows up to which every step sees all of them. With more rows, a step computes the same number of distances.
inline constexpr Index most_rows_at_once = 3000;

/// The rows per step of an option `batch`, whose 0 stands for the automatic number.
[[nodiscard]] inline Index rows_per_step(Index batch, Index rows) {
  if (batch > 0) return std::min(batch, rows);
  if (rows <= most_rows_at_once) return rows;
  return std::clamp<Index>(most_rows_at_once * most_rows_at_once / rows, 64, rows);
}

/// The anchors of one batch of the rows, drawn by stream `draw` of the seed.
[[nodiscard]] inline std::vector<Index> drawn_anchors(Index rows, Index batch, std::uint64_t seed, Index draw) {
  Random random(seed, static_cast<std::uint64_t>(draw));
  std::vector<Index> anchors;
  for (Index i = 0; i < batch; ++i) anchors.push_back(random.below(rows));
  return anchors;
}

}  // namespace holdfast::learners
