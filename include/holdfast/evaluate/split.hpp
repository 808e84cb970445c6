// Training and test rows.
#pragma once

#include <cstdint>
#include <vector>

#include "holdfast/core/dataset.hpp"

namespace holdfast::evaluate {

/// Row numbers of the two parts.
struct Split {
  std::vector<Index> train;
  std::vector<Index> test;
};

/// Cuts a random order of 0..rows-1: floor(rows * train_fraction) rows to train, the rest to test. Throws InputError
/// unless both parts get a row.
[[nodiscard]] Split random_split(Index rows, double train_fraction, std::uint64_t seed);

/// Cuts the rows into `folds` parts, each class spread evenly over them, and gives for each part the split that tests
/// on it. Random order from the seed. Throws InputError unless 2 <= folds <= rows.
[[nodiscard]] std::vector<Split> stratified_folds(const Labels& labels, Index folds, std::uint64_t seed);

}  // namespace holdfast::evaluate
