#include "holdfast/geometry/perturbed_classifier.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>

#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/range.hpp"
#include "holdfast/linalg/row_distance.hpp"
#include "holdfast/linalg/spd.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"
#include "holdfast/neighbors/classifier.hpp"

namespace holdfast::geometry {
namespace {

double largest_singular_value(const Matrix& map) {
  if (map.size() == 0) return 0.0;
  const int exponent = linalg::range_exponent(linalg::largest_size(map));
  if (exponent != 0) return std::ldexp(largest_singular_value(linalg::scaled_by_power(map, exponent)), -exponent);
  const Matrix gram =
      map.rows() <= map.cols() ? linalg::product_with_transpose(map, map) : linalg::transpose_product(map, map);
  const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(gram);
  return std::sqrt(std::max(0.0, eigen.values[gram.rows() - 1]));
}

double longest_row_of(const Matrix& mapped) {
  const int exponent = linalg::range_exponent(linalg::largest_size(mapped));
  return std::ldexp(std::sqrt(linalg::squared_lengths(linalg::scaled_by_power(mapped, exponent)).maxCoeff()),
                    -exponent);
}

}  // namespace

PerturbedClassifier::PerturbedClassifier(std::shared_ptr<const ReferenceIndex> reference, std::vector<int> codes,
                                         Matrix map)
    : map_(std::move(map)), row_dimension_(map_.cols()), spectral_norm_(largest_singular_value(map_)) {
  const Matrix& mapped = reference->rows();
  if (mapped.rows() != static_cast<Index>(codes.size()) || mapped.cols() != map_.rows()) {
    throw std::invalid_argument("reference rows, classes and map do not fit together");
  }
  const double longest = longest_row_of(mapped);
  const Index classes = 1 + *std::max_element(codes.begin(), codes.end());
  reference_ = std::make_shared<const Reference>(Reference{std::move(reference), std::move(codes), classes, longest});
}

PerturbedClassifier::PerturbedClassifier(Matrix mapped, std::vector<int> codes, Matrix map)
    : PerturbedClassifier(std::make_shared<const ReferenceIndex>(std::move(mapped)), std::move(codes), std::move(map)) {
}

PerturbedClassifier PerturbedClassifier::restricted_to(std::vector<Index> columns) const {
  if (is_in_ellipsoid()) throw std::logic_error("columns are frozen before an ellipsoid is given");
  const bool rises = std::ranges::is_sorted(columns, std::less_equal<>());
  if (columns_ || !rises || (!columns.empty() && (columns.front() < 0 || columns.back() >= row_dimension_))) {
    throw std::invalid_argument("the columns that may change must be rising numbers below the number of columns");
  }
  PerturbedClassifier restricted = *this;
  restricted.map_ = columns.empty() ? Matrix(Matrix::Zero(map_.rows(), 1)) : Matrix(map_(Eigen::all, columns));
  restricted.spectral_norm_ = largest_singular_value(restricted.map_);
  restricted.columns_ = std::move(columns);
  return restricted;
}

PerturbedClassifier PerturbedClassifier::in_ellipsoid(const MatrixView& a) const {
  const Index columns = map_.cols();
  if (a.rows() != columns || a.cols() != columns) {
    throw std::invalid_argument("the ellipsoid's matrix must have a row and a column per column that may change");
  }
  const Matrix lower = linalg::cholesky(a);
  PerturbedClassifier measured = *this;
  measured.ellipsoid_factor_ = Matrix::Identity(columns, columns);
  lower.transpose().triangularView<Eigen::Upper>().solveInPlace(measured.ellipsoid_factor_);
  measured.map_ = linalg::product(map_, measured.ellipsoid_factor_);
  measured.spectral_norm_ = largest_singular_value(measured.map_);
  return measured;
}

PerturbedClassifier PerturbedClassifier::rescaled(int mapped_exponent, int perturbation_exponent) const {
  PerturbedClassifier scaled(linalg::scaled_by_power(mapped(), mapped_exponent), codes(),
                             linalg::scaled_by_power(map_, mapped_exponent - perturbation_exponent));
  scaled.row_dimension_ = row_dimension_;
  scaled.columns_ = columns_;
  scaled.ellipsoid_factor_ = ellipsoid_factor_;
  return scaled;
}

Vector PerturbedClassifier::at_columns(const Vector& values) const {
  if (!columns_) return values;
  return columns_->empty() ? Vector(Vector::Zero(1)) : Vector(values(*columns_));
}

Vector PerturbedClassifier::to_row_space(const Vector& u) const {
  Vector change = is_in_ellipsoid() ? Vector(ellipsoid_factor_.triangularView<Eigen::Upper>() * u) : u;
  if (!columns_) return change;
  Vector delta = Vector::Zero(row_dimension_);
  for (std::size_t at = 0; at < columns_->size(); ++at) delta[(*columns_)[at]] = change[static_cast<Index>(at)];
  return delta;
}

Vector PerturbedClassifier::to_norm_space(const Vector& delta) const {
  const Vector change = at_columns(delta);
  return is_in_ellipsoid() ? Vector(ellipsoid_factor_.triangularView<Eigen::Upper>().solve(change)) : change;
}

std::optional<HalfSpace> PerturbedClassifier::most_violated_limit(const Box& limits, const Vector& u) const {
  const Vector change = at_columns(to_row_space(u));
  const Vector lower = at_columns(limits.lower.transpose());
  const Vector upper = at_columns(limits.upper.transpose());
  const Vector below = lower - change;
  const Vector above = change - upper;
  Index column = 0;
  if (!(below.cwiseMax(above).maxCoeff(&column) > 1e-12 * (1.0 + u.norm()))) return std::nullopt;
  Vector normal = Vector::Unit(change.size(), column);
  if (is_in_ellipsoid()) normal = ellipsoid_factor_.row(column).transpose();
  if (below[column] > above[column]) return HalfSpace{normal, lower[column]};
  return HalfSpace{-normal, -upper[column]};
}

double PerturbedClassifier::dual_operator_norm(Norm norm) const {
  switch (norm) {
    case Norm::l1:  // p* = inf: the largest entry of B^T v is at most the longest column of B
      return map_.colwise().norm().maxCoeff();
    case Norm::l2: return spectral_norm_;
    case Norm::linf:  // p* = 1
      return std::min(std::sqrt(static_cast<double>(map_.cols())) * spectral_norm_, map_.colwise().norm().sum());
  }
  throw std::logic_error("a norm without a dual");
}

neighbors::Neighbors PerturbedClassifier::nearest(const MatrixView& points, Index k, std::span<const Index> left_out,
                                                  const Observer& observer) const {
  return reference_->index->search(points, k, {.left_out = left_out, .observer = observer});
}

std::vector<int> PerturbedClassifier::predict(const MatrixView& points, Index k, std::span<const Index> left_out,
                                              const Observer& observer) const {
  return neighbors::vote(nearest(points, k, left_out, observer), codes(), reference_->classes);
}

}  // namespace holdfast::geometry
