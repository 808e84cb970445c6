// Pairs of rows that evaluate and certify judge: from files, or drawn by label.
#pragma once

#include <filesystem>

#include "holdfast/constraints/pairs.hpp"
#include "holdfast/core/dataset.hpp"
#include "holdfast/core/random.hpp"

namespace holdfast::app {

/// The pairs of a file over `rows` rows, or `count` drawn by label if no file is given. Prints the notes of the reader.
[[nodiscard]] constraints::PairSet pairs_of(const std::filesystem::path& file, const Labels& labels, Index rows,
                                            Index count, Random& random);

}  // namespace holdfast::app
