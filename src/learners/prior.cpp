#include "learners/prior.hpp"

#include <fmt/format.h>

#include <Eigen/QR>
#include <cmath>

#include "holdfast/core/random.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/spd.hpp"

namespace holdfast::learners {
namespace {

/// The stream of random numbers for a random prior, apart from those of the pairs and the steps.
constexpr std::uint64_t prior_stream = (std::uint64_t{1} << 40) + 1;
/// Asymmetry, relative to the matrix, that is rounding.
constexpr double symmetry_tolerance = 1e-9;

PriorMetric metric_of(const linalg::SymmetricEigen& eigen, bool has_no_unit) {
  return {eigen.values.cwiseSqrt().asDiagonal() * eigen.vectors.transpose(),
          linalg::with_spectrum(eigen, eigen.values.cwiseInverse()), has_no_unit};
}

PriorMetric inverse_covariance(const MatrixView& x) {
  const Matrix centred = x.rowwise() - x.colwise().mean();
  const Matrix covariance = linalg::transpose_product(centred, centred) / static_cast<double>(x.rows() - 1);
  const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(covariance);
  if (!(eigen.values.minCoeff() > singular_share * eigen.values.maxCoeff())) throw no_inverse_covariance();
  return {eigen.values.cwiseSqrt().cwiseInverse().asDiagonal() * eigen.vectors.transpose(), covariance};
}

}  // namespace

void require_symmetric_prior(const MatrixView& prior, Index d) {
  const auto refuse = [&](std::string rule) {
    throw InputError(
        Fault{.field = "prior", .value = fmt::format("{} x {}", prior.rows(), prior.cols()), .rule = std::move(rule)});
  };
  if (prior.rows() != d || prior.cols() != d)
    refuse(fmt::format("must be a {} x {} matrix, as the data have {} columns", d, d, d));
  if (!prior.allFinite()) refuse("must hold finite numbers");
  if ((prior - prior.transpose()).cwiseAbs().maxCoeff() > symmetry_tolerance * prior.norm())
    refuse("the matrix is not symmetric; a metric is");
}

linalg::SymmetricEigen spectrum_of_prior(const MatrixView& prior, Index d) {
  require_symmetric_prior(prior, d);
  linalg::SymmetricEigen eigen = linalg::symmetric_eigen(prior);
  if (!(eigen.values.minCoeff() > singular_share * eigen.values.maxCoeff())) {
    throw InputError(Fault{.field = "prior",
                           .value = fmt::format("{} x {}", d, d),
                           .rule = fmt::format("must be positive definite; the eigenvalues are from {:.3g} to {:.3g}",
                                               eigen.values.minCoeff(), eigen.values.maxCoeff()),
                           .remedy = "add a multiple of the identity"});
  }
  return eigen;
}

Matrix random_prior(Index d, std::uint64_t seed) {
  Random random(seed, prior_stream);
  Matrix normal(d, d);
  for (double& entry : normal.reshaped<Eigen::RowMajor>()) entry = random.normal();
  linalg::SymmetricEigen eigen{Vector(d), normal.householderQr().householderQ() * Matrix::Identity(d, d)};
  for (double& value : eigen.values) value = std::exp2(2.0 * random.uniform() - 1.0);
  return linalg::with_spectrum(eigen, eigen.values);
}

InputError no_inverse_covariance() {
  return InputError(Fault{.field = "prior",
                          .value = "covariance",
                          .rule = "the columns are linearly dependent, so that their covariance has no inverse",
                          .remedy = "set `prior=identity`, or `preprocess=pca:0.99`, which removes the dependence"});
}

PriorMetric prior_metric(const MatrixView& x, Prior prior, const FitContext& context) {
  const Index d = x.cols();
  if (context.prior != nullptr) return metric_of(spectrum_of_prior(*context.prior, d), false);
  if (prior == Prior::covariance) return inverse_covariance(x);
  if (prior == Prior::random) return metric_of(linalg::symmetric_eigen(random_prior(d, context.seed)), true);
  return {Matrix::Identity(d, d), Matrix::Identity(d, d), true};
}

}  // namespace holdfast::learners
