// The tolerances of the tests, each with its reason. A test takes the smallest that its reason allows; a number of its
// own needs a reason beside it.
#pragma once

#include <limits>

#include "holdfast/core/types.hpp"

namespace holdfast::reference {

/// A few operations on numbers of order 1: some units in the last place of float64 (2.2e-16).
inline constexpr double few_operations = 1e-14;
/// Sums and products over up to some hundred terms of order 1, each rounded.
inline constexpr double rounding = 1e-12;
/// Sums over thousands of rows, or over values of order 10 to 100.
inline constexpr double long_sums = 1e-10;
/// Eigenvectors, inverses and what follows from them: rounding times a condition number of up to a thousand.
inline constexpr double spectral = 1e-9;
/// Derivatives from differences of function values: the square root of the rounding of those values.
inline constexpr double differences = 1e-8;

/// The largest size of an entry; infinity if one is not a number, which Eigen's maxCoeff may pass over.
[[nodiscard]] inline double largest_entry(const Eigen::Ref<const Matrix>& x) {
  return x.size() == 0 ? 0.0 : x.allFinite() ? x.cwiseAbs().maxCoeff() : std::numeric_limits<double>::infinity();
}

}  // namespace holdfast::reference
