// A k-NN classifier and the linear map that takes perturbations of a row to the space where it measures distance.
#pragma once

#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "holdfast/core/observer.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/geometry/box.hpp"
#include "holdfast/geometry/norm.hpp"
#include "holdfast/linalg/row_distance.hpp"
#include "holdfast/neighbors/exact_index.hpp"

namespace holdfast::geometry {

/// Reference rows in the space where distance is Euclidean, and the linear map B that takes a perturbation there. B = L
/// for perturbations of preprocessed rows; B = L W for perturbations of raw rows under affine preprocessing
/// x -> W x + c. A cheap value to copy: the rows and their index are shared.
///
/// A perturbation is given as the change `delta` of the row, d entries, or as `u` in the space of the norm, one entry
/// per column that may change: u = delta at these columns, or in an ellipsoid u = C^T delta.
class PerturbedClassifier {
 public:
  using ReferenceIndex = neighbors::ExactIndex<double>;

  /// `reference`: n x r mapped rows, indexed; `codes`: their classes, n entries; `map`: B, r x d.
  PerturbedClassifier(std::shared_ptr<const ReferenceIndex> reference, std::vector<int> codes, Matrix map);
  /// The same of n x r mapped rows.
  PerturbedClassifier(Matrix mapped, std::vector<int> codes, Matrix map);

  /// The same classifier under perturbations of the given columns alone (rising numbers below d): the others are
  /// frozen. B keeps the columns of those that may change; if there are none, u has one entry, which moves nothing.
  /// Throws std::invalid_argument for other numbers, and std::logic_error in an ellipsoid, which is given afterwards.
  [[nodiscard]] PerturbedClassifier restricted_to(std::vector<Index> columns) const;

  /// The same classifier under perturbations measured by |delta| = sqrt(delta^T A delta), A symmetric positive definite
  /// with a row and a column per column that may change: with A = C C^T, u = C^T delta has that Euclidean length, and
  /// B C^-T takes u to the mapped space. Throws std::invalid_argument unless A has that size, and std::domain_error
  /// unless A is positive definite.
  [[nodiscard]] PerturbedClassifier in_ellipsoid(const MatrixView& a) const;

  /// The same classifier in other units: mapped rows times 2^mapped_exponent, perturbations (delta and u) times
  /// 2^perturbation_exponent.
  [[nodiscard]] PerturbedClassifier rescaled(int mapped_exponent, int perturbation_exponent) const;

  [[nodiscard]] Index size() const { return mapped().rows(); }
  [[nodiscard]] const Matrix& mapped() const { return reference_->index->rows(); }
  [[nodiscard]] const ReferenceIndex& index() const { return *reference_->index; }
  [[nodiscard]] const std::vector<int>& codes() const { return reference_->codes; }
  [[nodiscard]] int code(Index row) const { return codes()[static_cast<std::size_t>(row)]; }
  /// B, or B C^-T in an ellipsoid: r rows, and a column per entry of u.
  [[nodiscard]] const Matrix& map() const { return map_; }
  /// d.
  [[nodiscard]] Index row_dimension() const { return row_dimension_; }
  /// No perturbation moves a mapped row: B is zero.
  [[nodiscard]] bool is_unmoved() const { return (map_.array() == 0.0).all(); }
  /// The change delta of a row that u stands for: C^-T u in an ellipsoid, else u; 0 in frozen columns.
  [[nodiscard]] Vector to_row_space(const Vector& u) const;
  /// The u that stands for the change delta of a row, whose frozen columns are not looked at.
  [[nodiscard]] Vector to_norm_space(const Vector& delta) const;
  /// The limit of the change of a row that u breaks by most, as a half-space of u; nothing if u keeps all limits to
  /// rounding.
  [[nodiscard]] std::optional<HalfSpace> most_violated_limit(const Box& limits, const Vector& u) const;
  /// The largest |B^T v|_p* over unit-length v, p* the dual norm of `norm` (for linf, a bound on it).
  [[nodiscard]] double dual_operator_norm(Norm norm) const;
  /// The Euclidean length of the longest mapped row.
  [[nodiscard]] double longest_row() const { return reference_->longest_row; }

  /// The squared distance of a mapped point (r entries) to a reference row, from differences.
  [[nodiscard]] double squared_distance(const double* point, Index row) const {
    return linalg::squared_distance(point, mapped().row(row).data(), mapped().cols());
  }
  /// A bound on the error of a squared distance as computed from mapped rows: the rounding of the distance (a sum over
  /// r terms) and of the mapping (products over d terms, in proportion to `scale`, the length of z plus that of a
  /// mapped row).
  [[nodiscard]] double distance_error(double squared, double scale) const {
    const double gamma = static_cast<double>(map_.rows() + map_.cols() + 8) * std::numeric_limits<double>::epsilon();
    return gamma * (squared + 4.0 * scale * std::sqrt(squared));
  }
  /// A rigorous lower bound on D2(z, x_l) - D2(z, x_i), given both squared distances as computed from mapped rows.
  [[nodiscard]] double gap_rounded_down(double squared_to_l, double squared_to_i, double scale) const {
    return squared_to_l - squared_to_i - (distance_error(squared_to_l, scale) + distance_error(squared_to_i, scale));
  }

  /// The k nearest reference rows of mapped points (m x r). `left_out`: empty, or for each point one reference row that
  /// does not take part; then k must be below the number of rows.
  [[nodiscard]] neighbors::Neighbors nearest(const MatrixView& points, Index k, std::span<const Index> left_out = {},
                                             const Observer& observer = {}) const;
  /// The classes of mapped points (m x r) by a majority of their k nearest reference rows. `left_out`: empty, or for
  /// each point one reference row that does not vote (leave-one-out); then k must be below the number of rows.
  [[nodiscard]] std::vector<int> predict(const MatrixView& points, Index k, std::span<const Index> left_out = {},
                                         const Observer& observer = {}) const;

 private:
  struct Reference {
    std::shared_ptr<const ReferenceIndex> index;
    std::vector<int> codes;
    Index classes;
    double longest_row;
  };

  PerturbedClassifier() = default;
  /// The entries of a vector over all columns at those that may change: one per entry of u.
  [[nodiscard]] Vector at_columns(const Vector& values) const;
  [[nodiscard]] bool is_in_ellipsoid() const { return ellipsoid_factor_.size() > 0; }

  std::shared_ptr<const Reference> reference_;
  Matrix map_;
  Index row_dimension_ = 0;
  std::optional<std::vector<Index>> columns_;  ///< those that may change; nothing: all
  Matrix ellipsoid_factor_;                    ///< C^-T, upper triangular, of the size of u; empty outside an ellipsoid
  double spectral_norm_ = 0.0;
};

}  // namespace holdfast::geometry
