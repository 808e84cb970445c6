// Radii verified by code that shares nothing with what computed them.
#pragma once

#include <optional>
#include <string>

#include "holdfast/certify/perturbed_classifier.hpp"

namespace holdfast::certify {

/// What is claimed of one prediction.
struct Claim {
  double radius = 0.0;
  BoundKind kind = BoundKind::lower_bound;
  /// The change that the witness makes to the row, and the witness itself, mapped. Where there is none: the claim is
  /// checked from below only.
  std::optional<Vector> change = std::nullopt;
  std::optional<RowVector> mapped_witness = std::nullopt;
};

/// Checks claims about a k-NN classifier in one norm, by definitions and plain loops over all reference rows:
/// - a witness, for an exact radius or an attack, is no farther than radius (1 + 1e-9) and has another prediction;
/// - a lower bound: at most s - 1 rows of other classes, s = (k+1)/2, lack s pair bounds that reach it;
/// - an exact radius, from below: for every row of another class a combination of its constraints, found by coordinate
///   ascent (Hildreth 1957), proves that no perturbation shorter than radius (1 - 1e-6) makes it nearest. Any
///   combination with weights >= 0 is a proof, whatever found it: no constraint and no row is passed over.
class Checker {
 public:
  Checker(const PerturbedClassifier& classifier, Index k, Norm norm);

  /// The class of a mapped point: a majority of the k nearest, ties to the class of the nearest row.
  [[nodiscard]] int predict(const RowView& point) const;
  /// What is wrong with a claim that the prediction of the mapped query stays `label`; nothing where it holds.
  /// `limits`: of the change, where the rows keep to a box.
  [[nodiscard]] std::optional<std::string> fault(const RowView& query, int label, const Claim& claim,
                                                 const Box* limits = nullptr) const;

 private:
  [[nodiscard]] std::optional<std::string> fault_of_witness(int label, const Claim& claim) const;
  [[nodiscard]] std::optional<std::string> fault_of_bound(const RowView& query, int label, double radius) const;
  [[nodiscard]] std::optional<std::string> fault_of_exact(const RowView& query, int label, double radius,
                                                          const Box* limits) const;
  [[nodiscard]] Vector squared_distances(const RowView& point) const;

  PerturbedClassifier classifier_;
  Index k_;
  Norm norm_;
  Matrix pulled_back_;  ///< B^T of every reference row, n x d
};

}  // namespace holdfast::certify
