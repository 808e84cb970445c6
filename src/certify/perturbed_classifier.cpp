#include "holdfast/certify/perturbed_classifier.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "holdfast/core/error.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/row_distance.hpp"
#include "holdfast/linalg/spd.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"

namespace holdfast::certify {
namespace {

double largest_singular_value(const Matrix& map) {
  if (map.size() == 0) return 0.0;
  const Matrix gram =
      map.rows() <= map.cols() ? linalg::product_with_transpose(map, map) : linalg::transpose_product(map, map);
  const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(gram);
  return std::sqrt(std::max(0.0, eigen.values[gram.rows() - 1]));
}

}  // namespace

void require_ellipsoid(const MatrixView& a) {
  if (a.rows() != a.cols()) throw InputError("the matrix of an ellipsoid must be square");
  const double asymmetry = (a - a.transpose()).cwiseAbs().maxCoeff();
  if (!(asymmetry <= 1e-12 * a.cwiseAbs().maxCoeff())) throw InputError("the matrix of an ellipsoid must be symmetric");
  try {
    (void)linalg::cholesky(a);
  } catch (const std::domain_error&) {
    throw InputError(
        "the matrix of an ellipsoid must be positive definite: with this one some perturbations would cost nothing");
  }
}

PerturbedClassifier::PerturbedClassifier(Matrix mapped, std::vector<int> codes, Matrix map, Space space)
    : map_(std::move(map)), space_(space), spectral_norm_(largest_singular_value(map_)) {
  if (mapped.rows() != static_cast<Index>(codes.size()) || mapped.cols() != map_.rows() || mapped.rows() == 0) {
    throw std::invalid_argument("reference rows, classes and map do not fit together");
  }
  const double longest = std::sqrt(linalg::squared_lengths(mapped).maxCoeff());
  reference_ = std::make_shared<const Reference>(Reference{std::move(mapped), std::move(codes), longest});
}

PerturbedClassifier PerturbedClassifier::in_ellipsoid(const MatrixView& a) const {
  const Index d = map_.cols();
  if (a.rows() != d || a.cols() != d) throw std::invalid_argument("the ellipsoid's matrix must be d x d");
  require_ellipsoid(a);
  const Matrix lower = linalg::cholesky(a);
  PerturbedClassifier measured;
  measured.reference_ = reference_;
  measured.space_ = space_;
  measured.unit_ball_ = Matrix::Identity(d, d);
  lower.transpose().triangularView<Eigen::Upper>().solveInPlace(measured.unit_ball_);
  measured.map_ = linalg::product(map_, measured.unit_ball_);
  measured.spectral_norm_ = largest_singular_value(measured.map_);
  return measured;
}

Vector PerturbedClassifier::change(const Vector& u) const {
  return is_in_ellipsoid() ? Vector(unit_ball_.triangularView<Eigen::Upper>() * u) : u;
}

Vector PerturbedClassifier::measured(const Vector& change) const {
  return is_in_ellipsoid() ? Vector(unit_ball_.triangularView<Eigen::Upper>().solve(change)) : change;
}

void PerturbedClassifier::require_norm(Norm norm) const {
  if ((norm == Norm::ellipsoid) != is_in_ellipsoid()) {
    throw std::invalid_argument("Norm::ellipsoid goes with PerturbedClassifier::in_ellipsoid, and only that");
  }
}

double PerturbedClassifier::dual_operator_norm(Norm norm) const {
  switch (norm) {
    case Norm::l1:  // p* = inf: the largest entry of B^T v is at most the longest column of B
      return map_.colwise().norm().maxCoeff();
    case Norm::linf:  // p* = 1
      return std::min(std::sqrt(static_cast<double>(map_.cols())) * spectral_norm_, map_.colwise().norm().sum());
    case Norm::l2:
    case Norm::ellipsoid:
      break;
  }
  return spectral_norm_;
}

}  // namespace holdfast::certify
