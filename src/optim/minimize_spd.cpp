#include "holdfast/optim/minimize_spd.hpp"

#include <cmath>
#include <limits>

#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/spd.hpp"

namespace holdfast::optim {

SpdMinimum minimize_spd(const MatrixEvaluator& function, const Matrix& start_factor, const Matrix& curvature,
                        const MinimizeOptions& options, const Observer& observer, std::string_view stage) {
  const Index d = start_factor.rows();
  // Coordinates: the lower triangle of S, scaled; an entry beside the diagonal stands for two.
  Vector scale(d * (d + 1) / 2);
  for (Index i = 0, at = 0; i < d; ++i) {
    for (Index j = 0; j <= i; ++j, ++at) scale[at] = (i == j ? 1.0 : std::sqrt(0.5)) / std::sqrt(curvature(i, j));
  }
  const auto point = [&](const Vector& x) {
    Matrix s(d, d);
    for (Index i = 0, at = 0; i < d; ++i) {
      for (Index j = 0; j <= i; ++j, ++at) s(i, j) = s(j, i) = scale[at] * x[at];
    }
    return linalg::symmetric_eigen(s);
  };
  const auto exponential = [](double t) { return std::exp(t); };
  Matrix in_matrix;
  const auto in_chart = [&](const Vector& x, Vector& gradient) {
    const linalg::SymmetricEigen s = point(x);
    const Matrix half = linalg::product(
        start_factor, s.vectors * (0.5 * s.values).array().exp().matrix().asDiagonal());  // M = half half^T
    const Matrix m = linalg::product_with_transpose(half, half);
    if (!m.allFinite()) return std::numeric_limits<double>::infinity();
    const double value = function(m, in_matrix);
    if (!std::isfinite(value)) return value;
    const Matrix pulled = linalg::transpose_product(start_factor, linalg::product(in_matrix, start_factor));
    const Matrix in_s =
        linalg::spectral_derivative(s, linalg::divided_differences(s.values, exponential, exponential), pulled);
    for (Index i = 0, at = 0; i < d; ++i) {
      for (Index j = 0; j <= i; ++j, ++at) gradient[at] = scale[at] * (i == j ? 1.0 : 2.0) * in_s(i, j);
    }
    return value;
  };
  SpdMinimum result;
  result.minimum = minimize(in_chart, Vector::Zero(scale.size()), options, observer, stage);
  const linalg::SymmetricEigen s = point(result.minimum.x);
  result.factor = linalg::product(start_factor, s.vectors * (0.5 * s.values).array().exp().matrix().asDiagonal());
  return result;
}

}  // namespace holdfast::optim
