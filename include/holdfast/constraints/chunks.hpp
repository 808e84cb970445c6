// Chunks of rows as supervision: rows of one class, without the class.
#pragma once

#include <string>
#include <vector>

#include "holdfast/core/dataset.hpp"
#include "holdfast/core/random.hpp"

namespace holdfast::constraints {

/// Which rows are known to be of one class, whatever that class is.
struct ChunkSet {
  static constexpr Index none = -1;

  std::vector<Index> chunk_of_row;  ///< one number per row, any whole number from 0; `none`: the row is in no chunk
  bool operator==(const ChunkSet&) const = default;
};

/// The error of a number that is neither a chunk nor `none`; empty for a valid one.
[[nodiscard]] std::string problem_of_chunk(long long chunk);

/// The rows of each chunk, in the order of their numbers; rows of a chunk in ascending order.
[[nodiscard]] std::vector<std::vector<Index>> rows_of_chunks(const ChunkSet& chunks);

/// Throws InputError unless there is one valid number per row and a chunk of two rows or more.
void require_usable(const ChunkSet& chunks, Index rows);

/// `count` chunks of `size` rows of one class, no row in two of them: again and again a class, uniform among those that
/// have `size` rows left, and rows of it at random. Fewer if the classes hold no more. Throws InputError for count < 1,
/// size < 2, and if no class has `size` rows.
[[nodiscard]] ChunkSet sample_chunks(const Labels& labels, Index count, Index size, Random& random);

}  // namespace holdfast::constraints
