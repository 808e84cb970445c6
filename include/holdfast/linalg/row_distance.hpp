// Distances of two rows by differences: equal rows are at distance exactly zero.
#pragma once

#include <cmath>

#include "holdfast/core/types.hpp"

namespace holdfast::linalg {

namespace detail {

/// The sum over k of term(a[k] - b[k]) in float64. A fixed number of lanes keeps the order of the additions, and with
/// it the bits, the same wherever it is called.
template <class Scalar, class Term>
[[nodiscard]] inline double sum_over_difference(const Scalar* a, const Scalar* b, Index dimension, Term&& term) {
  constexpr Index lanes = 8;
  double sums[lanes] = {};
  Index k = 0;
  for (; k + lanes <= dimension; k += lanes) {
    for (Index lane = 0; lane < lanes; ++lane) {
      sums[lane] += term(static_cast<double>(a[k + lane]) - static_cast<double>(b[k + lane]));
    }
  }
  for (Index lane = 0; k < dimension; ++k, ++lane) {
    sums[lane] += term(static_cast<double>(a[k]) - static_cast<double>(b[k]));
  }
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

}  // namespace detail

/// |a - b|_2^2 of two rows of `dimension` entries.
template <class Scalar>
[[nodiscard]] inline double squared_distance(const Scalar* a, const Scalar* b, Index dimension) {
  return detail::sum_over_difference(a, b, dimension, [](double difference) { return difference * difference; });
}

/// |a - b|_1.
template <class Scalar>
[[nodiscard]] inline double l1_distance(const Scalar* a, const Scalar* b, Index dimension) {
  return detail::sum_over_difference(a, b, dimension, [](double difference) { return std::abs(difference); });
}

/// |a - b|_inf.
template <class Scalar>
[[nodiscard]] inline double linf_distance(const Scalar* a, const Scalar* b, Index dimension) {
  double largest = 0.0;
  for (Index k = 0; k < dimension; ++k) {
    const double difference = std::abs(static_cast<double>(a[k]) - static_cast<double>(b[k]));
    largest = difference > largest ? difference : largest;
  }
  return largest;
}

}  // namespace holdfast::linalg
