#include "holdfast/certify/check_pairs.hpp"

#include <fmt/format.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>

#include "certify/check_geometry.hpp"
#include "certify/claim_checker.hpp"
#include "certify/closed_form_pair.hpp"
#include "holdfast/certify/certified_knn.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/linalg/range.hpp"

namespace holdfast::certify {
namespace {

/// The exponent e for which largest * 2^e is in [1, 2).
int unit_exponent(double largest) { return largest > 0.0 && std::isfinite(largest) ? -std::ilogb(largest) : 0; }

class PairChecker {
 public:
  /// `rows` in the units of the threat and `mapped` by L.
  PairChecker(const Matrix& map, const ThreatModel& threat, const PairOptions& options, const Matrix& rows,
              const Matrix& mapped)
      : threat_(threat),
        options_(options),
        rows_(rows),
        mapped_(mapped),
        of_map_(unit_exponent(linalg::largest_size(map))),
        map_(linalg::scaled_by_power(map, of_map_)),
        closed_form_(closed_form()) {}

  [[nodiscard]] Finding check(const PairClaim& claim) const {
    const auto& [first, second] = claim.pair;
    const RowVector x = mapped_.row(first);
    const RowVector y = mapped_.row(second);
    const double largest = std::max({linalg::largest_size(x), linalg::largest_size(y), options_.threshold});
    Scaled scaled{.exponent = unit_exponent(largest)};
    const RowVector from = linalg::scaled_by_power(x, scaled.exponent);
    const RowVector to = linalg::scaled_by_power(y, scaled.exponent);
    scaled.difference = (from - to).transpose();
    scaled.threshold = std::ldexp(options_.threshold, scaled.exponent);
    const auto terms = static_cast<double>(map_.rows() + map_.cols() + 8);
    scaled.rounding = 2.0 * terms * std::numeric_limits<double>::epsilon() * (from.norm() + to.norm());
    Finding finding;
    finding.fault = fault_of_decision(claim, scaled);
    if (!finding.fault) check_radius(claim, scaled, finding);
    if (!finding.fault && (claim.first || claim.second)) finding.fault = fault_of_witness(claim, scaled);
    return finding;
  }

 private:
  /// A pair in units in which squares are in range: mapped rows times 2^exponent.
  struct Scaled {
    int exponent = 0;
    Vector difference = {};  ///< g
    double threshold = 0.0;
    double rounding = 0.0;  ///< of |g|
  };

  /// With A times 4^of_ellipsoid_, so that its entries are of order 1, too.
  ClosedFormPair closed_form() {
    if (threat_.ellipsoid() == nullptr) return {map_, Matrix::Identity(map_.cols(), map_.cols())};
    const Matrix& a = threat_.ellipsoid()->matrix();
    of_ellipsoid_ = unit_exponent(linalg::largest_size(a)) / 2;
    return {map_, linalg::scaled_by_power(a, 2 * of_ellipsoid_).fullPivLu().inverse()};
  }

  [[nodiscard]] std::optional<std::string> fault_of_decision(const PairClaim& claim, const Scaled& scaled) const {
    const double length = scaled.difference.norm();
    const double distance = std::ldexp(length, -scaled.exponent);
    if (!(std::abs(std::ldexp(claim.distance, scaled.exponent) - length) <= 1e-9 * length + scaled.rounding)) {
      return fmt::format("the distance of the pair is {}, not {}", distance, claim.distance);
    }
    const bool holds =
        claim.same ? length <= scaled.threshold + scaled.rounding : length > scaled.threshold - scaled.rounding;
    if (holds) return std::nullopt;
    return fmt::format("the pair is called {}, at the distance {} and the threshold {}",
                       claim.same ? "the same" : "different", distance, options_.threshold);
  }

  /// The interval of the radius for a threshold that the distance may have reached already.
  [[nodiscard]] PairInterval interval(const Scaled& scaled, bool same, double threshold) const {
    const double length = scaled.difference.norm();
    const PairInterval at_the_threshold{0.0, 0.0};
    if (same) {
      return length > threshold ? at_the_threshold
                                : closed_form_.lengthened(scaled.difference, threshold, scaled.rounding);
    }
    return length > threshold ? closed_form_.shortened(scaled.difference, threshold, scaled.rounding)
                              : at_the_threshold;
  }

  /// Rounding of the distance counts in favour of the claim: the threshold is farther from below, and nearer from
  /// above.
  void check_radius(const PairClaim& claim, const Scaled& scaled, Finding& finding) const {
    constexpr double slack = 1e-6;
    const double members = options_.moved == MovedMembers::both ? 2.0 : 1.0;
    const int back = of_map_ - scaled.exponent - of_ellipsoid_;  // from the scaled units to those of the threat
    const double radius = std::isinf(claim.radius) ? claim.radius : std::ldexp(claim.radius * members, -back);
    const double farther = claim.same ? scaled.rounding : -scaled.rounding;
    const auto shifted = [&](double shift) { return std::max(0.0, scaled.threshold + shift); };
    const double least = interval(scaled, claim.same, shifted(farther)).least;
    if (radius * (1.0 - slack) > least) {
      finding.fault =
          fmt::format("the radius {} is too large: only {} is proved", claim.radius, std::ldexp(least / members, back));
      return;
    }
    if (claim.kind != BoundKind::exact || std::isinf(claim.radius)) return;
    const double most = interval(scaled, claim.same, shifted(-farther)).most;
    if (std::isinf(most)) {
      finding.upper_open = !claim.first;
    } else if (radius < most * (1.0 - slack)) {
      finding.fault = fmt::format("the exact radius {} is too small: the decision changes at {}", claim.radius,
                                  std::ldexp(most / members, back));
    }
  }

  [[nodiscard]] std::optional<std::string> fault_of_witness(const PairClaim& claim, const Scaled& scaled) const {
    const auto change_of = [&](Index row, const std::optional<RowVector>& moved) {
      return moved ? Vector((*moved - rows_.row(row)).transpose()) : Vector(Vector::Zero(rows_.cols()));
    };
    const Vector of_first = change_of(claim.pair.first, claim.first);
    const Vector of_second = change_of(claim.pair.second, claim.second);
    if (options_.moved == MovedMembers::one && linalg::largest_size(of_second) > 0.0) {
      return "the witness moves the second member, too";
    }
    const double size = std::max(threat_.measure(of_first), threat_.measure(of_second));
    if (size > claim.radius * (1.0 + 1e-9)) {
      return fmt::format("the witness is at {}, outside the radius {}", size, claim.radius);
    }
    const Vector change = linalg::scaled_by_power(Vector(of_first - of_second), scaled.exponent - of_map_);
    const double length = (scaled.difference + map_ * change).norm();
    const bool flips =
        claim.same ? length > scaled.threshold - scaled.rounding : length <= scaled.threshold + scaled.rounding;
    if (flips) return std::nullopt;
    return fmt::format("the witness at {} has the same decision as the pair", size);
  }

  const ThreatModel& threat_;
  const PairOptions& options_;
  const Matrix& rows_;
  const Matrix& mapped_;
  int of_map_;
  Matrix map_;  ///< B times 2^of_map_
  int of_ellipsoid_ = 0;
  ClosedFormPair closed_form_;
};

void require_supported(const ThreatModel& threat, const PairOptions& options) {
  if (!threat.is_euclidean()) {
    throw InputError(Fault{.field = "norm",
                           .value = std::string(threat.norm_name()),
                           .rule = "decisions on pairs are certified in l2 or an ellipsoid"});
  }
  if (!(options.threshold >= 0.0) || std::isinf(options.threshold)) {
    throw InputError(Fault{.field = "threshold",
                           .value = fmt::format("{}", options.threshold),
                           .rule = "must be a finite distance of at least 0"});
  }
}

}  // namespace

std::vector<Finding> check_pairs(const model::Model& model, const ThreatModel& threat, const DatasetView& data,
                                 std::span<const PairClaim> claims, const PairOptions& options) {
  require_supported(threat, options);
  require_space(model, threat.space);
  Matrix rows = embedded(model, data.x);
  const Matrix mapped = preprocessed_and_mapped(model, rows);
  if (threat.space == Space::preprocessed) {
    Matrix prepared(rows.rows(), model.metric.map().cols());
    for (Index row = 0; row < rows.rows(); ++row) prepared.row(row) = preprocessed(model, rows.row(row));
    rows = std::move(prepared);
  }
  const PairChecker checker(map_of_perturbations(model, threat.space), threat, options, rows, mapped);
  std::vector<Finding> findings(claims.size());
  for_each_claim(static_cast<Index>(claims.size()), options.observer, [&](Index number) {
    const auto at = static_cast<std::size_t>(number);
    findings[at] = checker.check(claims[at]);
  });
  return findings;
}

}  // namespace holdfast::certify
