// Claimed radii verified independently of the code that computed them.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "holdfast/certify/certificate.hpp"
#include "holdfast/certify/threat_model.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/model/model.hpp"

namespace holdfast::certify {

/// What somebody states of the prediction of one row.
struct Claim {
  Index row = 0;  ///< of the data
  double radius = 0.0;
  BoundKind kind = BoundKind::lower_bound;
  int predicted = 0;  ///< the class that the row is said to be predicted as
  std::optional<RowVector> witness =
      std::nullopt;  ///< the perturbed row; without it a claim is checked from below only
};

/// Checks claims about a model's k-NN classifier under a threat, by definitions and plain loops over all reference
/// rows:
/// - a witness, for an exact radius or an attack, is no farther than radius (1 + 1e-9) and has another prediction;
/// - a lower bound: at most s - 1 rows of other classes, s = (k+1)/2, lack s pair bounds that reach it;
/// - an exact radius, from below: for every row of another class a combination of its constraints, found by coordinate
///   ascent (Hildreth 1957), proves that no perturbation shorter than radius (1 - 1e-6) makes it nearest. Any
///   combination with weights >= 0 is a proof, whatever found it: no constraint and no row is passed over.
///
/// The checker starts from the model's L, the steps of its preprocessing and its reference rows, and computes all else
/// itself: preprocessed and mapped rows, the map B of perturbations, sizes and dual norms (in an ellipsoid from A and
/// A^-1, without a factor), neighbours and votes. It shares with the code that computes certificates: the reading of
/// the model and of the data, the network if the model has one, and the matrix products of Eigen and BLAS. Differences
/// that the rounding of its own distances could cause count in favour of a claim.
class Checker {
 public:
  /// Keeps a reference to the model, which must outlive it. Throws InputError for a model without labels, an invalid k,
  /// and Space::raw if the model's preparation of rows is not affine.
  Checker(const model::Model& model, ThreatModel threat, Index k);
  Checker(model::Model&&, ThreatModel, Index) = delete;

  /// The classes of rows in the units of the threat: a majority of the k nearest, ties to the class of the nearest.
  [[nodiscard]] std::vector<int> predict(const MatrixView& rows) const;
  /// What is wrong with each claim about rows of labelled data; nothing if it holds. Stage "check".
  [[nodiscard]] std::vector<std::optional<std::string>> faults(const DatasetView& data, std::span<const Claim> claims,
                                                               const Observer& observer = {}) const;

 private:
  /// A row under test: in the units of the threat, mapped, its distances to the reference rows, and its class.
  struct Tested {
    RowVector row;
    RowVector mapped;
    Vector squared_distances;
    int label;
  };
  class Proof;

  [[nodiscard]] RowVector map_row(const RowView& row) const;
  [[nodiscard]] Tested tested(const RowView& row, int label) const;
  [[nodiscard]] int vote(const Vector& squared_distances) const;
  [[nodiscard]] std::optional<std::string> fault(const Tested& tested, const Claim& claim) const;
  [[nodiscard]] std::optional<std::string> fault_of_witness(const Tested& tested, const Claim& claim) const;
  [[nodiscard]] std::optional<std::string> fault_of_bound(const Tested& tested, double radius) const;
  [[nodiscard]] std::optional<std::string> fault_of_exact(const Tested& tested, double radius) const;
  /// The length below which no perturbation makes row l nearest; stops once it reaches `wanted`.
  [[nodiscard]] double proven_against(const Tested& tested, Index l, const std::vector<Index>& same_class,
                                      double wanted) const;
  /// D2(z, x_l) - D2(z, x_i), and no less than it can be within rounding.
  [[nodiscard]] double gap_rounded_up(const Tested& tested, Index l, Index i) const;
  /// |B^T (z_l - z_i)| in the dual norm.
  [[nodiscard]] double slope(Index l, Index i) const;
  /// Rows of a class, nearest first.
  [[nodiscard]] std::vector<Index> rows_of_class(const Tested& tested) const;

  const model::Model& model_;
  ThreatModel threat_;
  Index k_;
  Matrix mapped_;       ///< reference rows, n x r
  Matrix pulled_back_;  ///< B^T of every reference row, n x d
  Matrix conjugate_;    ///< A^-1 B^T of every reference row in an ellipsoid, n x d; else empty
  Matrix inverse_;      ///< A^-1 in an ellipsoid, d x d; else empty
  double longest_row_ = 0.0;
};

}  // namespace holdfast::certify
