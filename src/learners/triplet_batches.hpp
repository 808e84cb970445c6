// Random parts of a set of triplets, for stochastic steps.
#pragma once

#include <cstdint>
#include <vector>

#include "holdfast/constraints/triplets.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::learners {

/// Rows with the triplets over them, numbered within them.
struct TripletBatch {
  Matrix x;
  constraints::TripletSet set;
  std::vector<Index> rows;  ///< numbers of the rows of `x` among all
};

/// Draws the triplets of a few anchors at a time.
class TripletBatches {
 public:
  /// Keeps references to both, which must outlive it. `set` is grouped by anchor.
  TripletBatches(const Matrix& x, const constraints::TripletSet& set);
  TripletBatches(const Matrix&&, const constraints::TripletSet&) = delete;
  TripletBatches(const Matrix&, const constraints::TripletSet&&) = delete;

  [[nodiscard]] Index rows() const { return x_.rows(); }

  /// The triplets of the given anchors (row numbers; those without triplets add nothing) with the rows that they need.
  [[nodiscard]] TripletBatch of(std::vector<Index> anchors) const;
  /// The triplets of `count` anchors, drawn by stream `step` of the seed.
  [[nodiscard]] TripletBatch draw(Index count, std::uint64_t seed, Index step) const;

 private:
  const Matrix& x_;
  const constraints::TripletSet& set_;
  std::vector<std::size_t> offsets_;  ///< n + 1, into the triplets
  std::vector<Index> anchors_;        ///< rows that have triplets
};

}  // namespace holdfast::learners
