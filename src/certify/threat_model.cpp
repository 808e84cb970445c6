#include "holdfast/certify/threat_model.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "holdfast/core/error.hpp"
#include "holdfast/linalg/range.hpp"
#include "holdfast/linalg/spd.hpp"

namespace holdfast::certify {

std::string_view name(Space space) { return space == Space::raw ? "raw" : "preprocessed"; }

Space parse_space(std::string_view text) {
  for (const Space space : {Space::preprocessed, Space::raw}) {
    if (name(space) == text) return space;
  }
  throw InputError(
      Fault{.field = "space", .value = fmt::format("\"{}\"", text), .rule = "must be preprocessed or raw"});
}

Ellipsoid::Ellipsoid(Matrix a) : a_(std::make_shared<const Matrix>(std::move(a))) {
  const Matrix& m = *a_;
  if (m.rows() != m.cols()) throw InputError("the matrix of an ellipsoid must be square");
  const double asymmetry = (m - m.transpose()).cwiseAbs().maxCoeff();
  if (!(asymmetry <= 1e-12 * m.cwiseAbs().maxCoeff())) throw InputError("the matrix of an ellipsoid must be symmetric");
  try {
    (void)linalg::cholesky(m);
  } catch (const std::domain_error&) {
    throw InputError(
        "the matrix of an ellipsoid must be positive definite: with this one some perturbations would cost nothing");
  }
}

std::string_view ThreatModel::norm_name() const {
  return ellipsoid() != nullptr ? "ellipsoid" : geometry::name(norm());
}

Matrix ThreatModel::restricted_ellipsoid() const {
  const Matrix& a = ellipsoid()->matrix();
  if (!perturbed) return a;
  return perturbed->empty() ? Matrix(Matrix::Identity(1, 1)) : Matrix(a(*perturbed, *perturbed));
}

Norm ThreatModel::norm() const {
  const auto* lp = std::get_if<LpBall>(&ball);
  return lp != nullptr ? lp->p : Norm::l2;
}

double ThreatModel::measure(const VectorView& delta) const {
  if (const Ellipsoid* e = ellipsoid()) {
    const int exponent = linalg::range_exponent(linalg::largest_size(delta));
    const Vector scaled = linalg::scaled_by_power(delta, exponent);
    return std::ldexp(std::sqrt(scaled.dot(e->matrix() * scaled)), -exponent);
  }
  return geometry::length(delta, norm());
}

std::optional<Box> ThreatModel::limits_for(const RowView& row) const {
  return box ? std::optional(box->around(row)) : std::nullopt;
}

}  // namespace holdfast::certify
