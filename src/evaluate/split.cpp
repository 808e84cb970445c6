#include "holdfast/evaluate/split.hpp"

#include <fmt/format.h>

#include <cmath>

#include "holdfast/core/error.hpp"
#include "holdfast/core/random.hpp"

namespace holdfast::evaluate {

Split random_split(Index rows, double train_fraction, std::uint64_t seed) {
  const auto train = static_cast<Index>(std::floor(static_cast<double>(rows) * train_fraction));
  if (train < 1 || train >= rows) {
    throw InputError(fmt::format("{} rows cannot be split with a training fraction of {}: each part needs a row", rows,
                                 train_fraction));
  }
  const std::vector<Index> order = Random(seed).permutation(rows);
  return {{order.begin(), order.begin() + train}, {order.begin() + train, order.end()}};
}

}  // namespace holdfast::evaluate
