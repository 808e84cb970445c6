#include "holdfast/evaluate/split.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "holdfast/core/error.hpp"
#include "holdfast/core/random.hpp"

namespace holdfast::evaluate {

Split random_split(Index rows, double train_fraction, std::uint64_t seed) {
  const auto train = static_cast<Index>(std::floor(static_cast<double>(rows) * train_fraction));
  if (train < 1 || train >= rows) {
    throw InputError(fmt::format("{} rows cannot be split with a training fraction of {}: each part must have a row",
                                 rows, train_fraction));
  }
  const std::vector<Index> order = Random(seed).permutation(rows);
  return {{order.begin(), order.begin() + train}, {order.begin() + train, order.end()}};
}

std::vector<Split> stratified_folds(const Labels& labels, Index folds, std::uint64_t seed) {
  const Index rows = labels.size();
  if (folds < 2 || folds > rows) {
    throw InputError(Fault{.field = "folds",
                           .value = fmt::format("{}", folds),
                           .rule = fmt::format("must be between 2 and {}, the number of rows", rows)});
  }
  Random random(seed);
  const std::vector<Index> order = stratified_order(labels, random);
  std::vector<Split> splits(static_cast<std::size_t>(folds));
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t fold = 0; fold < splits.size(); ++fold) {
      (i % splits.size() == fold ? splits[fold].test : splits[fold].train).push_back(order[i]);
    }
  }
  return splits;
}

}  // namespace holdfast::evaluate
