#include "holdfast/linalg/pair_graph.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/row_distance.hpp"

namespace holdfast::linalg {

PairGraph::PairGraph(Index rows, std::span<const RowPair> pairs, std::vector<std::int32_t>& edge_of) : rows_(rows) {
  // Pairs grouped by their lower row, by counting; within a group, sorted by the higher row.
  std::vector<std::size_t> group(static_cast<std::size_t>(rows) + 1, 0);
  for (const RowPair& pair : pairs) {
    const auto [low, high] = std::minmax(pair.first, pair.second);
    if (low < 0 || high >= rows) throw std::invalid_argument("a pair names a row outside the data");
    ++group[static_cast<std::size_t>(low) + 1];
  }
  std::partial_sum(group.begin(), group.end(), group.begin());
  struct Entry {
    std::int32_t high;
    std::int32_t pair;
  };
  std::vector<Entry> entries(pairs.size());
  std::vector<std::size_t> next(group.begin(), group.end() - 1);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto [low, high] = std::minmax(pairs[i].first, pairs[i].second);
    entries[next[static_cast<std::size_t>(low)]++] = {high, static_cast<std::int32_t>(i)};
  }
  const Index average = rows > 0 ? static_cast<Index>(pairs.size()) / rows : 0;
  parallel_for(rows, grain_of(10 * average), [&](Index begin, Index end) {
    for (auto row = static_cast<std::size_t>(begin); row < static_cast<std::size_t>(end); ++row) {
      std::ranges::sort(std::span(entries).subspan(group[row], group[row + 1] - group[row]), {}, &Entry::high);
    }
  });

  edge_of.resize(pairs.size());
  offsets_.assign(group.size(), 0);
  for (std::size_t row = 0; row + 1 < group.size(); ++row) {
    for (std::size_t at = group[row]; at < group[row + 1]; ++at) {
      if (at == group[row] || entries[at].high != entries[at - 1].high) {
        edges_.push_back({static_cast<std::int32_t>(row), entries[at].high});
        ++offsets_[row + 1];
        ++offsets_[static_cast<std::size_t>(entries[at].high) + 1];
      }
      edge_of[static_cast<std::size_t>(entries[at].pair)] = static_cast<std::int32_t>(edges_.size()) - 1;
    }
  }
  std::partial_sum(offsets_.begin(), offsets_.end(), offsets_.begin());
  neighbors_.resize(2 * edges_.size());
  next.assign(offsets_.begin(), offsets_.end() - 1);
  for (std::size_t e = 0; e < edges_.size(); ++e) {
    const auto [p, q] = edges_[e];
    const auto id = static_cast<std::int32_t>(e);
    neighbors_[next[static_cast<std::size_t>(p)]++] = {q, id};
    neighbors_[next[static_cast<std::size_t>(q)]++] = {p, id};
  }
}

Vector PairGraph::squared_differences(const MatrixView& z) const {
  Vector result(edges());
  parallel_for(edges(), grain_of(4 * z.cols()), [&](Index begin, Index end) {
    for (Index e = begin; e < end; ++e) {
      const auto [p, q] = edges_[static_cast<std::size_t>(e)];
      result[e] = squared_distance(z.row(p).data(), z.row(q).data(), z.cols());
    }
  });
  return result;
}

Matrix PairGraph::laplacian_product(const VectorView& weights, const MatrixView& x) const {
  Matrix result(rows_, x.cols());
  const Index degree_on_average = rows_ > 0 ? 2 * edges() / rows_ : 0;
  parallel_for(rows_, grain_of(2 * degree_on_average * x.cols()), [&](Index begin, Index end) {
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
