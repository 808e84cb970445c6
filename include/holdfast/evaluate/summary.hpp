// Figures over many values.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "holdfast/certify/certificate.hpp"
#include "holdfast/certify/poisoning.hpp"
#include "holdfast/core/record.hpp"

namespace holdfast::evaluate {

/// Mean and standard deviation (with n - 1). No values have neither, and a single one has no deviation.
struct Spread {
  std::optional<double> mean = std::nullopt;
  std::optional<double> deviation = std::nullopt;
};
[[nodiscard]] Spread spread(std::span<const double> values);

/// The middle value; the mean of the two middle ones for an even count; 0 for none.
[[nodiscard]] double median(std::vector<double> values);

/// Fraction of rows that are right and stay right under any perturbation of size eps: radius > eps.
struct CertifiedAccuracy {
  double eps;
  double accuracy;
};
[[nodiscard]] double certified_accuracy(std::span<const certify::Certificate> certificates, double eps);
struct RadiusSummary {
  double mean = 0.0;  ///< infinite if a radius is
  double median = 0.0;
  std::vector<CertifiedAccuracy> certified;
  /// Of certificates that say what was found above them: the mean of `upper`, and the number of rows whose radius is
  /// exact.
  std::optional<double> mean_upper = std::nullopt;
  Index exact_rows = 0;
};
/// Of one certificate or more.
[[nodiscard]] RadiusSummary summarize(std::span<const certify::Certificate> certificates, std::span<const double> eps);
[[nodiscard]] Record describe(const CertifiedAccuracy& certified);
[[nodiscard]] Record describe(const RadiusSummary& summary);

/// Fraction of rows that are right and stay right under any `changes` changes of reference rows: number > changes.
struct Withstood {
  Index changes;
  double share;
};
/// The least numbers of one kind of change over all rows.
struct PoisoningSummary {
  static constexpr std::array<Index, 4> changes = {1, 2, 5, 10};

  std::string_view kind;  ///< "insertions", "deletions" or "relabelings"
  double mean = 0.0;      ///< infinite if a number is Poisoning::never
  double median = 0.0;
  std::vector<Withstood> withstood;  ///< at `changes`
};
/// Of one prediction or more: insertions, deletions, relabelings.
[[nodiscard]] std::vector<PoisoningSummary> summarize(std::span<const certify::Poisoning> poisoning);
[[nodiscard]] Record describe(const Withstood& withstood);
[[nodiscard]] Record describe(const PoisoningSummary& summary);
/// The three numbers of a row; infinity for Poisoning::never.
[[nodiscard]] Record describe(const certify::Poisoning& poisoning);

/// The finite radii above 0: neither those of wrong predictions nor those that no perturbation limits.
[[nodiscard]] std::vector<double> positive_radii(std::span<const certify::Certificate> certificates);

/// Radii between two sizes, from <= radius < to.
struct Bin {
  double from;
  double to;
  Index count;
};
[[nodiscard]] Record describe(const Bin& bin);
/// Histogram of the positive radii in bins of one round width, ten to twenty up to `largest` (0: up to the largest
/// radius).
[[nodiscard]] std::vector<Bin> histogram(std::span<const certify::Certificate> certificates, double largest = 0.0);

/// `count` + 1 sizes from 0 to the largest finite radius, evenly: where a curve of certified accuracy is drawn.
[[nodiscard]] std::vector<double> linspace_eps(std::span<const certify::Certificate> certificates, Index count);

/// Five round values of eps that span the radii: steps of 1, 2 or 5 times a power of ten up to their 0.9 quantile.
[[nodiscard]] std::vector<double> nice_eps(std::span<const certify::Certificate> certificates);

}  // namespace holdfast::evaluate
