#include "holdfast/linalg/pair_graph.hpp"

#include <algorithm>
#include <stdexcept>

#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/row_distance.hpp"

namespace holdfast::linalg {
namespace {

std::uint64_t key_of(const RowPair& pair) {
  const auto [low, high] = std::minmax(pair.first, pair.second);
  return static_cast<std::uint64_t>(low) << 32 | static_cast<std::uint64_t>(high);
}

constexpr Index edge_grain = 2048;
constexpr Index row_grain = 128;

}  // namespace

PairGraph::PairGraph(Index rows, std::span<const RowPair> pairs, std::vector<std::int32_t>& edge_of) : rows_(rows) {
  std::vector<std::uint64_t> keys(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto [low, high] = std::minmax(pairs[i].first, pairs[i].second);
    if (low < 0 || high >= rows) throw std::invalid_argument("a pair names a row outside the data");
    keys[i] = key_of(pairs[i]);
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  edges_.reserve(keys.size());
  offsets_.assign(static_cast<std::size_t>(rows) + 1, 0);
  for (const std::uint64_t key : keys) {
    const RowPair edge{static_cast<std::int32_t>(key >> 32), static_cast<std::int32_t>(key & 0xffffffffU)};
    edges_.push_back(edge);
    ++offsets_[static_cast<std::size_t>(edge.first) + 1];
    ++offsets_[static_cast<std::size_t>(edge.second) + 1];
  }
  edge_of.resize(pairs.size());
  parallel_for(static_cast<Index>(pairs.size()), edge_grain, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      const auto at = std::lower_bound(keys.begin(), keys.end(), key_of(pairs[static_cast<std::size_t>(i)]));
      edge_of[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(at - keys.begin());
    }
  });
  for (std::size_t row = 1; row < offsets_.size(); ++row) offsets_[row] += offsets_[row - 1];
  neighbors_.resize(2 * edges_.size());
  std::vector<std::size_t> next(offsets_.begin(), offsets_.end() - 1);
  for (std::size_t e = 0; e < edges_.size(); ++e) {
    const auto [p, q] = edges_[e];
    const auto id = static_cast<std::int32_t>(e);
    neighbors_[next[static_cast<std::size_t>(p)]++] = {q, id};
    neighbors_[next[static_cast<std::size_t>(q)]++] = {p, id};
  }
}

Vector PairGraph::squared_differences(const MatrixView& z) const {
  Vector result(edges());
  parallel_for(edges(), edge_grain, [&](Index begin, Index end) {
    for (Index e = begin; e < end; ++e) {
      const auto [p, q] = edges_[static_cast<std::size_t>(e)];
      result[e] = squared_distance(z.row(p).data(), z.row(q).data(), z.cols());
    }
  });
  return result;
}

Matrix PairGraph::laplacian_product(const VectorView& weights, const MatrixView& x) const {
  Matrix result(rows_, x.cols());
  parallel_for(rows_, row_grain, [&](Index begin, Index end) {
    for (Index row = begin; row < end; ++row) {
      auto out = result.row(row);
      out.setZero();
      double degree = 0.0;
      for (std::size_t at = offsets_[static_cast<std::size_t>(row)]; at < offsets_[static_cast<std::size_t>(row) + 1];
           ++at) {
        const double weight = weights[neighbors_[at].edge];
        if (weight == 0.0) continue;  // most margins are met near the optimum
        degree += weight;
        out -= weight * x.row(neighbors_[at].row);
      }
      out += degree * x.row(row);
    }
  });
  return result;
}

}  // namespace holdfast::linalg
