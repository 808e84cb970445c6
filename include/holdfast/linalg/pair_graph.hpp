// Weighted sums over many pairs of rows at the cost of their number, not of outer products.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast::linalg {

/// A pair of rows.
struct RowPair {
  std::int32_t first;
  std::int32_t second;
  bool operator==(const RowPair&) const = default;
};

/// Undirected pairs over n rows, each once, with the adjacency that sums over them need. A sum of weighted outer
/// products of differences is a graph Laplacian between the data,
///     sum_e w_e (x_p - x_q)(x_p - x_q)^T = X^T Lap(w) X,
/// which costs 2|E| d + n d^2 instead of |E| d^2.
class PairGraph {
 public:
  PairGraph() = default;
  /// Collects `pairs` over `rows` rows, either order of a pair being the same; `edge_of[i]` is set to the edge of
  /// pairs[i]. Throws std::invalid_argument for a row outside 0..rows-1.
  PairGraph(Index rows, std::span<const RowPair> pairs, std::vector<std::int32_t>& edge_of);

  [[nodiscard]] Index rows() const { return rows_; }
  [[nodiscard]] Index edges() const { return static_cast<Index>(edges_.size()); }
  [[nodiscard]] const RowPair& edge(Index e) const { return edges_[static_cast<std::size_t>(e)]; }

  /// |z_p - z_q|^2 of every edge, for the rows z (n x r).
  [[nodiscard]] Vector squared_differences(const MatrixView& z) const;
  /// Lap(weights) X: row p is the sum over edges (p, q) of w_e (x_p - x_q). n x d; the same bits for any thread count.
  [[nodiscard]] Matrix laplacian_product(const VectorView& weights, const MatrixView& x) const;

 private:
  struct Neighbor {
    std::int32_t row;
    std::int32_t edge;
  };

  Index rows_ = 0;
  std::vector<RowPair> edges_;        // first < second, sorted
  std::vector<std::size_t> offsets_;  // n + 1, into neighbors_
  std::vector<Neighbor> neighbors_;
};

}  // namespace holdfast::linalg
