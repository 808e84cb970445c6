// Claims about single rows, verified against reference rows by definitions and plain loops.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "certify/duality_proof.hpp"
#include "holdfast/certify/check_claims.hpp"

namespace holdfast::certify {

/// A row under test: in the units of the threat, mapped, its distances to the reference rows, its class, and the
/// reference row that is absent (-1: none).
struct TestedRow {
  RowVector row;
  RowVector mapped;
  Vector squared_distances;
  int label;
  Index absent;
};

/// A claim of a search: `nearest` is the nearest row, and stays it within `radius`.
struct NearestClaim {
  Index nearest = 0;
  double radius = 0.0;
  bool is_exact = false;  ///< beyond the radius another row is the nearest
};

class ClaimChecker {
 public:
  /// `mapped`: reference rows L x_i, n x r, of the classes `codes`. The checker works in units of mapped rows times
  /// 2^exponent, in which their squares are in range. Keeps references to the model, the threat and the classes.
  ClaimChecker(const model::Model& model, const ThreatModel& threat, Index k, const Matrix& mapped,
               std::span<const int> codes, int exponent);

  /// What becomes of a claim about a row. `variants`: the row, and below it what the columns that flip make of it, in
  /// the units of the threat.
  [[nodiscard]] Finding check(const Matrix& variants, int label, Index absent, const Claim& claim) const;
  /// The reason why a claim of a search does not hold for a row in the units of the threat, and nothing if it holds.
  [[nodiscard]] std::optional<std::string> fault_of_nearest(const RowView& row, Index absent,
                                                            const NearestClaim& claim) const;

 private:
  [[nodiscard]] TestedRow tested(const RowView& row, int label, Index absent) const;
  [[nodiscard]] int code(Index row) const { return codes_[static_cast<std::size_t>(row)]; }
  [[nodiscard]] std::vector<Index> by_distance(const TestedRow& tested) const;
  [[nodiscard]] std::vector<Index> same_class(const TestedRow& tested) const;
  [[nodiscard]] std::vector<int> classes_by_distance(const TestedRow& tested) const;
  [[nodiscard]] TestedRow moved_nearer(TestedRow tested, int name, double share) const;
  [[nodiscard]] bool may_predict(const TestedRow& tested, int name) const;
  [[nodiscard]] std::optional<Index> variant_of(const RowVector& witness, const Matrix& variants) const;

  [[nodiscard]] Finding of_right_prediction(const Matrix& variants, int label, Index absent, const Claim& claim) const;
  void check_from_below(const TestedRow& tested, const Claim& claim, Finding& finding) const;
  void check_from_above(const Matrix& variants, int label, Index absent, const Claim& claim, Finding& finding) const;
  [[nodiscard]] std::optional<std::string> fault_of_poisoning(const TestedRow& tested, const Claim& claim) const;
  [[nodiscard]] std::optional<std::string> fault_of_witness(const TestedRow& tested, const RowVector& witness,
                                                            double radius) const;
  [[nodiscard]] std::optional<std::string> fault_of_bound(const TestedRow& tested, double radius,
                                                          double tolerance) const;
  void check_exact(const TestedRow& tested, double radius, Finding& finding) const;
  void check_by_duality(const TestedRow& tested, double radius, Finding& finding) const;
  [[nodiscard]] ProvenLength proven_against(const TestedRow& tested, Index l, const std::vector<Index>& same_class,
                                            double wanted) const;

  [[nodiscard]] double rounding_of_gap(const TestedRow& tested, Index l, Index i) const;
  [[nodiscard]] double gap_rounded_up(const TestedRow& tested, Index l, Index i) const;
  [[nodiscard]] double slope(Index l, Index i) const;
  [[nodiscard]] double scaled(double radius) const;

  const model::Model& model_;
  const ThreatModel& threat_;
  Index k_;
  std::span<const int> codes_;
  int exponent_;
  int perturbation_exponent_;
  std::vector<Index> columns_;  ///< the d columns of the threat's space that may change; A is that at these
  Matrix mapped_;               ///< reference rows, n x r, times 2^exponent_
  Matrix pulled_back_;          ///< B^T of every reference row, n x d, for perturbations times 2^perturbation_exponent_
  Matrix conjugate_;            ///< A^-1 B^T of every reference row, n x d
  Matrix inverse_;              ///< A^-1, d x d; the identity outside an ellipsoid
  double longest_row_ = 0.0;
};

/// Checkers of one model and threat: one per power of two that brings the squares of a row and of the reference rows
/// into range, mostly a single one.
class ClaimCheckers {
 public:
  /// `mapped`: reference rows L x_i, n x r, of the classes `codes`.
  ClaimCheckers(const model::Model& model, const ThreatModel& threat, Index k, Matrix mapped, std::vector<int> codes);

  /// The checker for a row mapped by L, r entries; made at first use.
  [[nodiscard]] const ClaimChecker& of(const RowView& mapped);

 private:
  const model::Model& model_;
  const ThreatModel& threat_;
  Index k_;
  Matrix mapped_;
  std::vector<int> codes_;
  double largest_;  ///< entry of a mapped reference row
  std::map<int, ClaimChecker> by_exponent_;
};

/// call(claim) for each number below `count`, in parallel. The observer sees stage "check", step in claims, and may
/// stop it.
void for_each_claim(Index count, const Observer& observer, const std::function<void(Index)>& call);

}  // namespace holdfast::certify
