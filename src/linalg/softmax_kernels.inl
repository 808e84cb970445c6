// The kernel itself, over vectors of `width` lanes (GCC's and Clang's vector extension, whose operators work lane by
// lane). Included by each version, which says the width, inside its own unnamed namespace.

using Doubles = double __attribute__((vector_size(8 * width)));
using Integers = int64_t __attribute__((vector_size(8 * width)));

inline Doubles load(const double* from) {
  Doubles values;
  __builtin_memcpy(&values, from, sizeof values);
  return values;
}

inline void store(double* to, Doubles values) { __builtin_memcpy(to, &values, sizeof values); }

inline Doubles larger(Doubles a, Doubles b) { return a < b ? b : a; }

/// exp(x) for smallest_exponent <= x <= 0: x = k ln 2 + r with |r| <= ln 2 / 2, exp(x) = 2^k exp(r). NaN stays NaN.
inline Doubles exponential(Doubles x) {
  // ln 2 as a number of few bits, whose products with whole numbers are exact, and the rest.
  constexpr double ln_2_high = 0x1.62e42feep-1;
  constexpr double ln_2_low = 0x1.a39ef35793c76p-33;
  constexpr double per_ln_2 = 0x1.71547652b82fep+0;
  // A sum with 1.5 2^52 is rounded to a whole number, which its low bits hold.
  constexpr double rounder = 0x1.8p52;
  const Doubles shifted = x * per_ln_2 + rounder;
  const Doubles k = shifted - rounder;
  const Doubles r = (x - k * ln_2_high) - k * ln_2_low;
  // The Taylor series; its first term left out, r^14 / 14!, is below 5e-18.
  Doubles series = r * (1.0 / 6227020800.0) + 1.0 / 479001600.0;
  series = series * r + 1.0 / 39916800.0;
  series = series * r + 1.0 / 3628800.0;
  series = series * r + 1.0 / 362880.0;
  series = series * r + 1.0 / 40320.0;
  series = series * r + 1.0 / 5040.0;
  series = series * r + 1.0 / 720.0;
  series = series * r + 1.0 / 120.0;
  series = series * r + 1.0 / 24.0;
  series = series * r + 1.0 / 6.0;
  series = series * r + 0.5;
  series = series * r + 1.0;
  series = series * r + 1.0;
  // 2^k as bits: an exponent field that holds k + 1023.
  constexpr int64_t bias = 1023;
  constexpr int mantissa_bits = 52;
  Integers power;
  __builtin_memcpy(&power, &shifted, sizeof power);
  power = (power + bias) << mantissa_bits;
  Doubles scale;
  __builtin_memcpy(&scale, &power, sizeof scale);
  return series * scale;
}

void soften(double* scores, int64_t count) {
  const double least = -__builtin_inf();
  // The scores of the last, incomplete vector.
  const int64_t whole = count - count % width;
  double rest[width];
  for (int64_t lane = 0; lane < width; ++lane) rest[lane] = whole + lane < count ? scores[whole + lane] : least;

  Doubles largest_lanes = load(rest);
  for (int64_t i = 0; i < whole; i += width) largest_lanes = larger(largest_lanes, load(scores + i));
  double largest = least;
  for (int lane = 0; lane < width; ++lane) largest = largest < largest_lanes[lane] ? largest_lanes[lane] : largest;

  const Doubles limit = Doubles{} + smallest_exponent;
  // Lanes beyond the last score add exp(-300) each, which a sum with exp(0) does not see.
  const Doubles last = exponential(larger(load(rest) - largest, limit));
  Doubles sums = last;
  for (int64_t i = 0; i < whole; i += width) {
    const Doubles values = exponential(larger(load(scores + i) - largest, limit));
    store(scores + i, values);
    sums += values;
  }
  double sum = 0.0;
  for (int lane = 0; lane < width; ++lane) sum += sums[lane];

  const double factor = 1.0 / sum;
  for (int64_t i = 0; i < whole; i += width) store(scores + i, load(scores + i) * factor);
  for (int64_t i = whole; i < count; ++i) scores[i] = last[i - whole] * factor;
}
