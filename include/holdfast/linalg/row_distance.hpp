// Distances of two rows by differences (equal rows are at distance exactly zero) and lengths of rows. Their bits depend
// on the values alone; Eigen's norms also depend on where in memory a row begins.
#pragma once

#include <algorithm>
#include <cmath>

#include "holdfast/core/types.hpp"

namespace holdfast::linalg {

namespace detail {

/// The sum over k < dimension of term(k) in float64. A fixed number of lanes keeps the order of the additions, and with
/// it the bits, the same wherever it is called.
template <class Term>
[[nodiscard]] inline double sum_over_entries(Index dimension, Term&& term) {
  constexpr Index lanes = 8;
  double sums[lanes] = {};
  Index k = 0;
  for (; k + lanes <= dimension; k += lanes) {
    for (Index lane = 0; lane < lanes; ++lane) sums[lane] += term(k + lane);
  }
  for (Index lane = 0; k < dimension; ++k, ++lane) sums[lane] += term(k);
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

/// The sum over k of term(a[k] - b[k]).
template <class Scalar, class Term>
[[nodiscard]] inline double sum_over_difference(const Scalar* a, const Scalar* b, Index dimension, Term&& term) {
  return sum_over_entries(dimension,
                          [&](Index k) { return term(static_cast<double>(a[k]) - static_cast<double>(b[k])); });
}

}  // namespace detail

/// |a - b|_2^2 of two rows of `dimension` entries.
template <class Scalar>
[[nodiscard]] inline double squared_distance(const Scalar* a, const Scalar* b, Index dimension) {
  return detail::sum_over_difference(a, b, dimension, [](double difference) { return difference * difference; });
}

/// |a - b|_2, also where squares of the differences leave the range of float64.
template <class Scalar>
[[nodiscard]] inline double euclidean_distance(const Scalar* a, const Scalar* b, Index dimension) {
  const double squared = squared_distance(a, b, dimension);
  if (squared > 0x1p-800 && squared < 0x1p800) return std::sqrt(squared);
  double largest = 0.0;
  for (Index k = 0; k < dimension; ++k) {
    largest = std::max(largest, std::abs(static_cast<double>(a[k]) - static_cast<double>(b[k])));
  }
  if (!(largest > 0.0)) return squared;
  const double shares = detail::sum_over_difference(
      a, b, dimension, [=](double difference) { return (difference / largest) * (difference / largest); });
  return largest * std::sqrt(shares);
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

/// |a|_2^2 of a row of `dimension` entries.
template <class Scalar>
[[nodiscard]] inline double squared_length(const Scalar* a, Index dimension) {
  return detail::sum_over_entries(dimension,
                                  [a](Index k) { return static_cast<double>(a[k]) * static_cast<double>(a[k]); });
}

/// |x_i|_2^2 of every row of x (n x d): n values.
[[nodiscard]] inline Vector squared_lengths(const Matrix& x) {
  Vector lengths(x.rows());
  for (Index row = 0; row < x.rows(); ++row) lengths[row] = squared_length(x.row(row).data(), x.cols());
  return lengths;
}

}  // namespace holdfast::linalg
