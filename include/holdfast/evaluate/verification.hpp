// Verification: do two rows belong together, judged by their distance?
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "holdfast/constraints/pairs.hpp"
#include "holdfast/core/record.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::evaluate {

/// Distances of pairs that belong together and of pairs that do not.
struct PairDistances {
  std::vector<double> similar;
  std::vector<double> dissimilar;
};

/// The distances (not squared) of the pairs between rows of `mapped` (n x r), where distance is Euclidean. Throws
/// InputError as constraints::require_valid does.
[[nodiscard]] PairDistances pair_distances(const MatrixView& mapped, const constraints::PairSet& pairs);

/// Pairs at a distance up to the threshold are accepted as similar: the share of dissimilar and of similar ones among
/// them.
struct RocPoint {
  double threshold;
  double false_positive_rate;
  double true_positive_rate;
};

/// The curve over all thresholds, by rising distance: from (0, 0) at a threshold below all distances to (1, 1), one
/// point for each distinct distance. Both kinds of pairs must be there. O(m log m).
[[nodiscard]] std::vector<RocPoint> roc_curve(const PairDistances& distances);

/// The area under the curve: the chance that a similar pair is nearer than a dissimilar one, ties counting half.
[[nodiscard]] double area_under(std::span<const RocPoint> curve);

/// The rate at which as many dissimilar pairs are accepted as similar ones rejected, on the curve's straight lines.
[[nodiscard]] double equal_error_rate(std::span<const RocPoint> curve);

/// The largest true positive rate at a false positive rate of at most `rate`.
[[nodiscard]] double true_positive_rate_at(std::span<const RocPoint> curve, double rate);

/// The threshold that judges most pairs right: midway between two neighbouring distances; of equally good ones the
/// smallest, which is half the smallest distance, or below 0 if that is 0, where rejecting all pairs is best.
[[nodiscard]] double best_threshold(const PairDistances& distances);

/// Share of pairs judged right at a threshold.
[[nodiscard]] double accuracy_at(const PairDistances& distances, double threshold);

/// Figures that the pairs do not give are absent: the curve and what is read from it need test pairs of both kinds, the
/// threshold training pairs of both kinds, and the accuracy a threshold and test pairs.
struct Verification {
  static constexpr std::array<double, 3> false_positive_rates = {0.001, 0.01, 0.1};

  Index similar = 0;  ///< number of pairs
  Index dissimilar = 0;
  std::optional<double> auc = std::nullopt;
  std::optional<double> eer = std::nullopt;
  std::optional<double> threshold = std::nullopt;                 ///< best on the training pairs
  std::optional<double> accuracy = std::nullopt;                  ///< at that threshold
  std::array<std::optional<double>, 3> true_positive_rates = {};  ///< at false_positive_rates
  std::vector<RocPoint> roc = {};
};

/// The figures of the test pairs; the threshold is chosen on the training pairs alone.
[[nodiscard]] Verification verify(const PairDistances& test, const PairDistances& training);

/// All figures but the curve.
[[nodiscard]] Record describe(const Verification& verification);

}  // namespace holdfast::evaluate
