// Figures over many values.
#pragma once

#include <span>
#include <vector>

#include "holdfast/certify/certificate.hpp"

namespace holdfast::evaluate {

/// Mean and standard deviation (with n - 1; 0 for a single value).
struct Spread {
  double mean = 0.0;
  double deviation = 0.0;
};
[[nodiscard]] Spread spread(std::span<const double> values);

/// The middle value; the mean of the two middle ones for an even count; 0 for none.
[[nodiscard]] double median(std::vector<double> values);

/// Fraction of rows that are right and stay right under any perturbation of size eps: radius > eps.
struct CertifiedAccuracy {
  double eps;
  double accuracy;
};
struct RadiusSummary {
  double mean = 0.0;  ///< infinity where a radius is
  double median = 0.0;
  std::vector<CertifiedAccuracy> certified;
};
[[nodiscard]] RadiusSummary summarize(std::span<const certify::Certificate> certificates, std::span<const double> eps);

/// Five round values of eps that span the radii: steps of 1, 2 or 5 times a power of ten up to their 0.9 quantile.
[[nodiscard]] std::vector<double> round_eps(std::span<const certify::Certificate> certificates);

}  // namespace holdfast::evaluate
