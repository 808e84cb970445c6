// Certificates for decisions on pairs: the same or different, by a threshold on their distance.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/certify/certificate.hpp"
#include "holdfast/certify/threat_model.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/geometry/perturbed_classifier.hpp"
#include "holdfast/linalg/pair_graph.hpp"
#include "holdfast/model/model.hpp"

namespace holdfast::certify {

/// Who is perturbed: the first member of a pair, or both, each by up to the radius.
enum class MovedMembers { one, both };
[[nodiscard]] std::string_view name(MovedMembers moved);                ///< "one", "both"
[[nodiscard]] MovedMembers parse_moved_members(std::string_view text);  ///< throws InputError that lists the choices

/// The decision on a pair and the perturbation that it withstands.
struct PairCertificate {
  double distance = 0.0;  ///< of the pair under the metric
  bool same = false;      ///< distance <= threshold
  /// No perturbation strictly smaller changes the decision. Infinite if no perturbation does.
  double radius = 0.0;
  /// Exact if the smallest perturbation is at most radius (1 + 1e-9), else a lower bound.
  BoundKind kind = BoundKind::lower_bound;
  /// Members just beyond the radius, with another decision; the second one if both move. Nothing if rounding to float64
  /// leaves no such pair so near.
  std::optional<RowVector> first = std::nullopt;
  std::optional<RowVector> second = std::nullopt;
};

/// Rows with pairs of them.
struct PairProblem {
  Matrix rows;    ///< n x d, in the units of the threat
  Matrix mapped;  ///< n x r, the same rows mapped
  std::vector<linalg::RowPair> pairs = {};
};

struct PairOptions {
  double threshold = 0.0;  ///< of the distance (not squared), at least 0
  MovedMembers moved = MovedMembers::one;
  Observer observer = {};  ///< stage "certify", step in pairs
};

/// The decisions of a metric on pairs under a threat in l2 or an ellipsoid.
class CertifiedPairs {
 public:
  /// Models without labels will do. Throws InputError for l1 and linf, in which the problem is not solved exactly; for
  /// a box; for frozen columns and such that flip; for Space::raw if the model's preparation of rows is not affine; and
  /// for an ellipsoid of another dimension.
  CertifiedPairs(const model::Model& model, const ThreatModel& threat);
  CertifiedPairs(model::Model&&, ThreatModel) = delete;
  /// Of rows that the caller maps by B, r x d: no model.
  CertifiedPairs(Matrix map, const ThreatModel& threat);

  /// Maps rows. Throws InputError for columns unknown to the model and values that leave the range of float64.
  [[nodiscard]] PairProblem problem(const DatasetView& data, std::vector<linalg::RowPair> pairs) const;

  /// For each pair (x, x') the radius of its decision, same if |B (x - x')| <= t: the least |delta| such that
  /// |B (x + delta - x')| reaches t, from above for a different pair and from below for the same. The first problem is
  /// convex; the second is not, but has no gap to its dual (S-lemma). Both are solved by the secular equation in the
  /// eigenvectors of B B^T, and the radius is then proved from the solution by weak duality and rounded down (see
  /// docs/certificates.md), with an error of distances in proportion to the lengths of the mapped rows. If both members
  /// move by up to the radius each, it is half as large. A pair exactly at the threshold has radius 0. A metric of zero
  /// calls all pairs the same, whatever the perturbation.
  ///
  /// Throws InputError unless the threshold is finite and at least 0; std::invalid_argument if the parts of the problem
  /// do not fit together.
  [[nodiscard]] std::vector<PairCertificate> radii(const PairProblem& problem, const PairOptions& options) const;

  /// As CertifiedKnn has them.
  [[nodiscard]] std::string_view space_name() const;
  [[nodiscard]] std::string units() const;

 private:
  const model::Model* model_ = nullptr;
  ThreatModel threat_;
  geometry::PerturbedClassifier geometry_;  ///< for its map; a single row of zeros is its reference
};

}  // namespace holdfast::certify
