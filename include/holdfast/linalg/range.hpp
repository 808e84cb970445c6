// The range of float64: powers of two that keep squares within it, and lengths that never leave it.
#pragma once

#include <cmath>
#include <limits>

#include "holdfast/core/types.hpp"

namespace holdfast::linalg {

/// The size of a value up to which, and down to which, squares, their products and sums over them keep all digits.
inline constexpr int safe_exponent = 200;

/// 0 if `largest` is 0, not finite, or between 2^-safe_exponent and 2^safe_exponent; else the exponent e for which
/// largest * 2^e is in [1, 2): values of that size are multiplied by 2^e, without rounding, before they are squared.
[[nodiscard]] inline int range_exponent(double largest) {
  if (!(largest > 0.0) || !std::isfinite(largest)) return 0;
  const int exponent = std::ilogb(largest);
  return exponent < -safe_exponent || exponent > safe_exponent ? -exponent : 0;
}

/// x * 2^exponent.
template <class Derived>
[[nodiscard]] typename Derived::PlainObject scaled_by_power(const Eigen::MatrixBase<Derived>& x, int exponent) {
  if (exponent == 0) return x;
  return x.unaryExpr([=](double value) { return std::ldexp(value, exponent); });
}

/// value * 2^exponent for a value >= 0, rounded down; infinite only if `value` is.
[[nodiscard]] inline double scaled_rounded_down(double value, int exponent) {
  const double scaled = std::ldexp(value, exponent);
  if (std::isinf(scaled)) return std::isinf(value) ? value : std::numeric_limits<double>::max();
  return std::ldexp(scaled, -exponent) > value ? std::nextafter(scaled, 0.0) : scaled;
}

/// The largest size of an entry; 0 if there is none.
template <class Derived>
[[nodiscard]] double largest_size(const Eigen::MatrixBase<Derived>& x) {
  return x.size() == 0 ? 0.0 : x.cwiseAbs().maxCoeff();
}

/// |v|_2, also where the squares of the entries leave the range.
template <class Derived>
[[nodiscard]] double length(const Eigen::MatrixBase<Derived>& v) {
  const double length = v.norm();
  return length > 0x1p-400 && length < 0x1p400 ? length : v.stableNorm();
}

}  // namespace holdfast::linalg
