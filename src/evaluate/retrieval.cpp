#include "holdfast/evaluate/retrieval.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <vector>

#include "holdfast/neighbors/exact_index.hpp"

namespace holdfast::evaluate {

Retrieval retrieval(const MatrixView& mapped, std::span<const int> codes, const Observer& observer) {
  Retrieval total;
  std::unordered_map<int, Index> rows_of;
  for (const int code : codes) ++rows_of[code];
  Index most = 0;
  for (const auto& [code, rows] : rows_of) most = std::max(most, rows - 1);
  total.excluded =
      static_cast<Index>(std::count_if(codes.begin(), codes.end(), [&](int code) { return rows_of[code] == 1; }));
  total.queries = mapped.rows() - total.excluded;
  if (total.queries == 0) return total;

  double recall_at_1 = 0.0;
  double r_precision = 0.0;
  double map_at_r = 0.0;
  const neighbors::ExactIndex<double> index{Matrix(mapped)};
  std::vector<Index> all(codes.size());
  std::iota(all.begin(), all.end(), Index{0});
  constexpr Index most_entries = Index{1} << 23;  // of a block's neighbour lists: about 100 MB
  const Index block = std::max<Index>(1, most_entries / most);
  for (Index begin = 0; begin < mapped.rows(); begin += block) {
    if (asks_to_stop(observer, {"retrieval", begin, mapped.rows(), 0.0})) throw Stopped{};
    const Index count = std::min(block, mapped.rows() - begin);
    const auto themselves = std::span(all).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(count));
    const neighbors::Neighbors found = index.search(mapped.middleRows(begin, count), most, {.left_out = themselves});
    for (Index q = 0; q < count; ++q) {
      const int code = codes[static_cast<std::size_t>(begin + q)];
      const Index relevant = rows_of[code] - 1;
      if (relevant == 0) continue;
      Index hits = 0;
      double precision_sum = 0.0;
      for (Index i = 0; i < relevant; ++i) {
        if (codes[static_cast<std::size_t>(found.rows(q, i))] != code) continue;
        ++hits;
        precision_sum += static_cast<double>(hits) / static_cast<double>(i + 1);
        if (i == 0) recall_at_1 += 1.0;
      }
      r_precision += static_cast<double>(hits) / static_cast<double>(relevant);
      map_at_r += precision_sum / static_cast<double>(relevant);
    }
  }
  const auto queries = static_cast<double>(total.queries);
  total.recall_at_1 = recall_at_1 / queries;
  total.r_precision = r_precision / queries;
  total.map_at_r = map_at_r / queries;
  return total;
}

Record describe(const Retrieval& retrieval) {
  Record record("retrieval among the test rows");
  record.add("recall_at_1", retrieval.recall_at_1, {.label = "recall@1", .format = ".4f"})
      .add("map_at_r", retrieval.map_at_r, {.label = "MAP@R", .format = ".4f"})
      .add("r_precision", retrieval.r_precision, {.label = "R-precision", .format = ".4f"})
      .add("queries", retrieval.queries)
      .add("excluded", retrieval.excluded);
  if (retrieval.excluded > 0) record.say("  ({excluded} rows are the only one of their class, and no query)");
  return record;
}

}  // namespace holdfast::evaluate
