// Pairs, triplets, chunks and quadruplets of rows on disk.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "holdfast/constraints/chunks.hpp"
#include "holdfast/constraints/pairs.hpp"
#include "holdfast/constraints/quadruplets.hpp"
#include "holdfast/constraints/triplets.hpp"

namespace holdfast::io {

/// Reads pairs over `rows` rows: a text file (also as .gz) with lines `first,second,label`, rows counted from 0, label
/// 1 for similar and -1 for dissimilar (also True and False, or 1 and 0 if -1 does not occur). The first line tells the
/// delimiter: a comma, semicolon, tab, bar or blanks. A header line is passed over, and below one a column without a
/// name before the pairs. A pair that occurs twice counts once. What the reader decided is added to `notes`. Throws
/// InputError, "file:line:column: what is wrong; what would be right", for anything else, a row that is out of range, a
/// row paired with itself, a pair of both kinds, and if both kinds are wanted and one has no pair.
[[nodiscard]] constraints::PairSet read_pairs(const std::filesystem::path& file, Index rows,
                                              std::vector<std::string>& notes,
                                              constraints::PairKinds wanted = constraints::PairKinds::both);

/// Reads triplets likewise: lines `anchor,target,impostor`. Throws InputError for a row that is out of range, a row
/// named twice in a triplet, and triplets that contradict each other.
[[nodiscard]] constraints::TripletSet read_triplets(const std::filesystem::path& file, Index rows,
                                                    std::vector<std::string>& notes);

/// Reads chunks likewise: one line per row with the number of its chunk, or -1. Throws InputError for a number below
/// -1, another number of lines than `rows`, and if no chunk has two rows.
[[nodiscard]] constraints::ChunkSet read_chunks(const std::filesystem::path& file, Index rows,
                                                std::vector<std::string>& notes);

/// Reads quadruplets likewise: lines `a,b,c,d` for d(a, b) < d(c, d). Throws InputError for a row that is out of range,
/// a row paired with itself, and a pair compared with itself.
[[nodiscard]] constraints::QuadrupletSet read_quadruplets(const std::filesystem::path& file, Index rows,
                                                          std::vector<std::string>& notes);

}  // namespace holdfast::io
