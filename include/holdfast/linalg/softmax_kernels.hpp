// Probabilities proportional to the exponentials of scores, one version per instruction set, chosen when the program
// runs. As in panel_kernels.hpp, no standard templates are included here.
#pragma once

#include <stdint.h>

namespace holdfast::linalg {

/// Exponents below it count as this: shares far below rounding, where products of smaller ones would leave the normal
/// numbers and take a hundred times as long.
inline constexpr double smallest_exponent = -300.0;

/// Replaces each of `count` scores s_k by exp(s_k - max s) / sum_l exp(s_l - max s), to a few units of rounding.
/// Exponents below `smallest_exponent` count as this, -infinity too. A score that is NaN makes all results NaN.
using Softmax = void (*)(double* scores, int64_t count);

// The versions; null if this build lacks one.
extern const Softmax softmax_generic;
extern const Softmax softmax_avx2;
extern const Softmax softmax_avx512;

/// The fastest version that this processor can run.
Softmax softmax();

}  // namespace holdfast::linalg
