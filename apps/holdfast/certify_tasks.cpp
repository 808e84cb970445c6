#include "certify_tasks.hpp"

#include <fmt/format.h>

#include "holdfast/core/error.hpp"
#include "pair_files.hpp"

namespace holdfast::app {

void print_summary(std::string_view norm, std::string_view what, const evaluate::RadiusSummary& summary,
                   double seconds) {
  fmt::print("{:<9} {:<16} mean {}, median {}, {:.2f} s; certified at", norm, what, figure(summary.mean),
             figure(summary.median), seconds);
  for (const auto& [size, accuracy] : summary.certified) fmt::print(" {:g}: {:.4f}", size, accuracy);
  fmt::print("\n");
}

LabelledPairs labelled_pairs(const std::filesystem::path& file, Index rows, Index limit) {
  Random unused(0);
  const constraints::PairSet set = pairs_of(file, {}, rows, 0, unused);
  LabelledPairs labelled;
  const auto take = [&](const std::vector<linalg::RowPair>& pairs, bool similar) {
    for (const linalg::RowPair& pair : pairs) {
      if (limit > 0 && static_cast<Index>(labelled.pairs.size()) == limit) return;
      labelled.pairs.push_back(pair);
      labelled.similar.push_back(similar);
    }
  };
  take(set.similar, true);
  take(set.dissimilar, false);
  if (labelled.pairs.empty()) throw InputError(fmt::format("{}: holds no pairs", file.string()));
  return labelled;
}

}  // namespace holdfast::app
