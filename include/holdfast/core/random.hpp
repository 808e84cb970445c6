// Seeded random streams whose bits are the same on every platform and standard library.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast {

/// A stream of random numbers. Two streams of one seed but different stream numbers are independent, so that each
/// purpose (a repeat of the noise, a split) draws from its own. The distributions are written out because those of the
/// standard library differ between implementations.
class Random {
 public:
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0);

  double uniform();          ///< in [0, 1)
  double normal();           ///< mean 0, standard deviation 1
  Index below(Index bound);  ///< in 0..bound-1, unbiased
  std::vector<Index> permutation(Index n);

 private:
  std::mt19937_64 engine_;
  double spare_ = 0.0;
  bool has_spare_ = false;
};

}  // namespace holdfast
