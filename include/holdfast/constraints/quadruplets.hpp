// Comparisons of two distances as supervision.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "holdfast/constraints/pairs.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::constraints {

/// Rows a and b should be nearer to each other than rows c and d: d(a, b) < d(c, d).
struct Quadruplet {
  std::int32_t a;
  std::int32_t b;
  std::int32_t c;
  std::int32_t d;
  auto operator<=>(const Quadruplet&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 sees a 0 here
};

/// The comparisons in their given order; one that occurs twice counts twice.
struct QuadrupletSet {
  std::vector<Quadruplet> quadruplets;
  std::vector<double> weights = {};  ///< how much each counts, at least 0; empty: all the same
  bool operator==(const QuadrupletSet&) const = default;
};

/// The error of a quadruplet of rows in range; empty for a valid one.
[[nodiscard]] std::string problem_of(const Quadruplet& quadruplet);

/// Throws InputError if there is no quadruplet, a row is out of range, one compares a row with itself or a pair with
/// itself, or the weights are not one finite number of at least 0 per quadruplet, some of them above 0.
void require_usable(const QuadrupletSet& set, Index rows);

/// Each similar pair with the dissimilar pair of the same place; the rest of the longer list is left out.
[[nodiscard]] QuadrupletSet quadruplets_from_pairs(const PairSet& pairs);

}  // namespace holdfast::constraints
