#include "pair_files.hpp"

#include "common.hpp"
#include "holdfast/io/constraint_file.hpp"

namespace holdfast::app {

constraints::PairSet pairs_of(const std::filesystem::path& file, const Labels& labels, Index rows, Index count,
                              Random& random) {
  using constraints::PairKinds;
  if (file.empty()) return constraints::sample_pairs(labels, count, random, PairKinds::any);
  std::vector<std::string> notes;
  constraints::PairSet pairs = io::read_pairs(file, rows, notes, PairKinds::any);
  note_all(file, notes);
  return pairs;
}

}  // namespace holdfast::app
