#include "holdfast/constraints/chunks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "holdfast/core/error.hpp"

namespace holdfast::constraints {
namespace {

void require_at_least(std::string_view field, Index value, Index least) {
  if (value >= least) return;
  throw InputError(Fault{.field = std::string(field),
                         .value = fmt::format("{}", value),
                         .rule = fmt::format("must be at least {}", least)});
}

}  // namespace

std::string problem_of_chunk(long long chunk) {
  if (chunk >= ChunkSet::none) return {};
  return fmt::format("chunk {}: must be a number from 0, or -1 for a row in no chunk", chunk);
}

std::vector<std::vector<Index>> rows_of_chunks(const ChunkSet& chunks) {
  std::map<Index, std::vector<Index>> rows;
  for (std::size_t row = 0; row < chunks.chunk_of_row.size(); ++row) {
    if (chunks.chunk_of_row[row] != ChunkSet::none) rows[chunks.chunk_of_row[row]].push_back(static_cast<Index>(row));
  }
  std::vector<std::vector<Index>> result;
  for (auto& [chunk, members] : rows) result.push_back(std::move(members));
  return result;
}

void require_usable(const ChunkSet& chunks, Index rows) {
  const auto given = static_cast<Index>(chunks.chunk_of_row.size());
  if (given != rows) {
    throw InputError(Fault{.rule = fmt::format("there are {} chunk numbers for {} rows", given, rows),
                           .remedy = "give one number per row, -1 for a row in no chunk"});
  }
  for (std::size_t row = 0; row < chunks.chunk_of_row.size(); ++row) {
    const std::string problem = problem_of_chunk(chunks.chunk_of_row[row]);
    if (!problem.empty()) throw InputError(Fault{.place = fmt::format("row {}", row), .rule = problem});
  }
  const auto is_useful = [](const std::vector<Index>& members) { return members.size() > 1; };
  if (std::ranges::none_of(rows_of_chunks(chunks), is_useful)) {
    throw InputError(Fault{.rule = "no chunk has two rows: a metric is learned from rows that belong together",
                           .remedy = "give rows of one class the same chunk number"});
  }
}

ChunkSet sample_chunks(const Labels& labels, Index count, Index size, Random& random) {
  require_at_least("sample-chunks", count, 1);
  require_at_least("chunk-size", size, 2);
  // The rows that are left of each class, in an order drawn at random: chunks are taken from the end.
  std::vector<std::vector<Index>> left;
  const auto has_rows = [&](const std::vector<Index>& rows) { return static_cast<Index>(rows.size()) >= size; };
  for (const std::vector<Index>& rows : class_rows(labels.codes)) {
    if (!has_rows(rows)) continue;
    std::vector<Index> drawn;
    for (const Index place : random.permutation(static_cast<Index>(rows.size()))) {
      drawn.push_back(rows[static_cast<std::size_t>(place)]);
    }
    left.push_back(std::move(drawn));
  }
  if (left.empty()) {
    throw InputError(
        Fault{.field = "chunk-size", .value = fmt::format("{}", size), .rule = "no class has so many rows"});
  }
  ChunkSet chunks{std::vector<Index>(labels.codes.size(), ChunkSet::none)};
  for (Index chunk = 0; chunk < count && !left.empty(); ++chunk) {
    const auto drawn = left.begin() + random.below(static_cast<Index>(left.size()));
    for (Index i = 0; i < size; ++i) {
      chunks.chunk_of_row[static_cast<std::size_t>(drawn->back())] = chunk;
      drawn->pop_back();
    }
    if (!has_rows(*drawn)) left.erase(drawn);
  }
  return chunks;
}

}  // namespace holdfast::constraints
