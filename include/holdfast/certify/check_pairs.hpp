// Claims about decisions on pairs, verified independently of the code that computed them.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "holdfast/certify/check_claims.hpp"
#include "holdfast/certify/pair_decision.hpp"

namespace holdfast::certify {

/// A claim about the decision on one pair of rows, as PairCertificate makes it.
struct PairClaim {
  linalg::RowPair pair = {};  ///< of the data
  bool same = false;          ///< the decision
  double distance = 0.0;
  double radius = 0.0;
  BoundKind kind = BoundKind::lower_bound;  ///< exact, or a lower bound
  /// The perturbed members, with another decision; the second stays as it is if only the first moves.
  std::optional<RowVector> first = std::nullopt;
  std::optional<RowVector> second = std::nullopt;
};

/// Checks claims about pairs of rows at a threshold t, in l2 or an ellipsoid, by the closed form of the radius, from
/// the eigenvectors of N = B A^-1 B^T (r x r) and bisection. With g = B (x - x') and the perturbation A^-1 B^T p:
/// - distance and decision: |g| and whether |g| <= t;
/// - a pair called different, from below: |g + B delta| <= t needs |delta| >= (p . g - t |p|) / |B^T p|_A^-1, whatever
///   p; here p = (mu + N)^-1 g with |g - N p| = t;
/// - a pair called the same, from below: |g + B delta| >= t needs |delta|^2 >= mu (t^2 - g . (1 - mu N)^-1 g) for
///   0 <= mu < 1/m_max, m_max the largest eigenvalue of N; here the mu at which |(1 - mu N)^-1 g| = t, or the largest
///   one if there is none;
/// - an exact radius from above: the perturbation of that p, with a part along the eigenvector of m_max if there is no
///   such mu, reaches t and is no longer than radius / (1 - 1e-6);
/// - the perturbed members, if they are given: no farther than radius (1 + 1e-9), and with another decision.
/// Radii may be too large by a share of 1e-6. The decomposition is multiplied out once, and the perturbations are
/// mapped by B. If both members move, the closed form counts twice the radius.
///
/// It computes rows, maps and distances itself, and shares what check_claims shares. Differences that the rounding of
/// distances could cause count in favour of a claim. Models without labels will do. Throws InputError for l1 and linf,
/// and for Space::raw if the model's preparation of rows is not affine. `options`: threshold and who moves; the
/// observer sees stage "check", step in claims.
[[nodiscard]] std::vector<Finding> check_pairs(const model::Model& model, const ThreatModel& threat,
                                               const DatasetView& data, std::span<const PairClaim> claims,
                                               const PairOptions& options);

}  // namespace holdfast::certify
