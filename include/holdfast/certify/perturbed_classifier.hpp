// A k-NN classifier as a certificate sees it.
#pragma once

#include <memory>
#include <vector>

#include "holdfast/certify/certificate.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::certify {

/// Reference rows in the space where distance is Euclidean, and the linear map B that takes a perturbation there. B = L
/// for perturbations of preprocessed rows; B = L W for perturbations of raw rows under affine preprocessing
/// x -> W x + c. A cheap value to copy: the rows are shared.
class PerturbedClassifier {
 public:
  /// `mapped`: n x r reference rows; `codes`: their classes; `map`: B, r x d; `space`: whose perturbations B takes.
  PerturbedClassifier(Matrix mapped, std::vector<int> codes, Matrix map, Space space);

  /// The same classifier under perturbations measured by |delta| = sqrt(delta^T A delta), A d x d symmetric positive
  /// definite: with A = C C^T, u = C^T delta has that Euclidean length, and B C^-T takes u to the mapped space. What is
  /// computed for it in l2 is in Norm::ellipsoid. Throws InputError where A is not of that kind, and
  /// std::invalid_argument where it is not d x d.
  [[nodiscard]] PerturbedClassifier in_ellipsoid(const MatrixView& a) const;

  [[nodiscard]] Index size() const { return reference_->mapped.rows(); }
  [[nodiscard]] const Matrix& mapped() const { return reference_->mapped; }
  [[nodiscard]] const std::vector<int>& codes() const { return reference_->codes; }
  /// B, or B C^-T in an ellipsoid.
  [[nodiscard]] const Matrix& map() const { return map_; }
  [[nodiscard]] Space space() const { return space_; }
  /// C^-T, d x d, upper triangular. Empty outside an ellipsoid.
  [[nodiscard]] const Matrix& unit_ball() const { return unit_ball_; }
  [[nodiscard]] bool is_in_ellipsoid() const { return unit_ball_.size() > 0; }
  /// What u (d entries) changes of a row: C^-T u in an ellipsoid, else u.
  [[nodiscard]] Vector change(const Vector& u) const;
  /// The u that stands for a change of a row.
  [[nodiscard]] Vector measured(const Vector& change) const;
  /// Throws std::invalid_argument where the classifier does not measure perturbations in `norm`: Norm::ellipsoid goes
  /// with an ellipsoid, and only that.
  void require_norm(Norm norm) const;
  /// The largest |B^T v|_p* over unit-length v, p* the dual norm of `norm` (for linf, a bound on it).
  [[nodiscard]] double dual_operator_norm(Norm norm) const;
  /// The length of the longest mapped row.
  [[nodiscard]] double longest_row() const { return reference_->longest_row; }

 private:
  struct Reference {
    Matrix mapped;
    std::vector<int> codes;
    double longest_row;
  };

  PerturbedClassifier() = default;

  std::shared_ptr<const Reference> reference_;
  Matrix map_;
  Space space_ = Space::preprocessed;
  Matrix unit_ball_;
  double spectral_norm_ = 0.0;
};

/// Throws InputError unless `a` is symmetric and positive definite.
void require_ellipsoid(const MatrixView& a);

}  // namespace holdfast::certify
