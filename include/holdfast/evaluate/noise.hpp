// Test rows under noise of a given signal-to-noise ratio.
#pragma once

#include <string_view>
#include <vector>

#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::evaluate {

enum class NoiseKind { gaussian, uniform };

struct NoiseLevel {
  NoiseKind kind = NoiseKind::gaussian;
  double snr_db = 10.0;  ///< signal-to-noise ratio in decibels
};

[[nodiscard]] std::string_view name(NoiseKind kind);

/// Parses "gaussian:20,10,5". Throws InputError that says what would be right.
[[nodiscard]] std::vector<NoiseLevel> parse_noise(std::string_view text);

/// Power of a signal: the mean of x^2 after each column is centred.
[[nodiscard]] double signal_power(const MatrixView& x);

/// Adds noise of variance power / 10^(snr_db/10), the same for every entry: Gaussian, or uniform of that variance.
void add_noise(Matrix& x, const NoiseLevel& level, double power, Random& random);

}  // namespace holdfast::evaluate
