// The reference rows pulled back to the space of perturbations, where pair bounds and half-spaces are formed.
#pragma once

#include <vector>

#include "holdfast/geometry/perturbed_classifier.hpp"

namespace holdfast::geometry {

/// Rows p_i with |p_i - p_l|_p* = |B^T (z_i - z_l)|_p* for the dual norm p* of `norm`: half the gradients of the
/// squared distances. In l2 under a map of fewer rows than columns, the rows are written in an orthonormal basis of the
/// span of B^T's columns, r entries instead of d: no shortest perturbation leaves that span.
class DualRows {
 public:
  /// `full_space`: without that basis, for perturbations that must keep limits on their entries.
  DualRows(const PerturbedClassifier& classifier, Norm norm, bool full_space = false);

  [[nodiscard]] Index dimension() const { return rows().cols(); }
  [[nodiscard]] const Matrix& rows() const { return shared_ ? classifier_.mapped() : rows_; }
  /// |p_i - p_l|_p*, rounded up; 0 if no perturbation changes which of the rows is nearer, because they have the same
  /// entries wherever B looks.
  [[nodiscard]] double distance(Index i, Index l) const;
  /// A lower bound of it that costs less; 0 if there is none.
  [[nodiscard]] double distance_at_least(Index i, Index l) const {
    return shared_ && norm_ == Norm::l2 ? classifier_.index().filter().distance_at_least(i, l) : 0.0;
  }
  /// The perturbation u of d entries whose coordinates in the basis are given.
  [[nodiscard]] Vector lifted(const Vector& coordinates) const;
  /// B times that perturbation, r entries.
  [[nodiscard]] Vector mapped(const Vector& coordinates) const;
  /// Whether B is the identity: the rows are the mapped rows themselves.
  [[nodiscard]] bool is_identity() const { return shared_; }
  /// B in the basis: r x dimension.
  [[nodiscard]] const Matrix& map() const { return basis_.size() > 0 ? map_ : classifier_.map(); }

 private:
  PerturbedClassifier classifier_;
  Norm norm_;
  Matrix basis_;         ///< orthonormal columns, d x r; empty: the identity
  Matrix map_;           ///< B times the basis, if there is one
  bool shared_ = false;  ///< B is the identity: the rows are the mapped rows themselves
  /// The entries of mapped rows that B looks at if it takes each perturbed column to one of them, else none: rows with
  /// the same entries there have the same dual rows, without an error.
  std::vector<Index> seen_;
  Matrix rows_;
  double relative_error_ = 0.0;
  double absolute_error_ = 0.0;
};

}  // namespace holdfast::geometry
