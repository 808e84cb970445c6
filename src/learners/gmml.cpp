#include "holdfast/learners/gmml.hpp"

#include <Eigen/QR>

#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/spd.hpp"
#include "learners/fitting.hpp"

namespace holdfast::learners {
namespace {

/// The L of the same M that is upper triangular with a positive diagonal: it is unique, where the eigenvectors that a
/// factor is made of are not if eigenvalues are equal, as with fewer rows than columns.
Matrix triangular(const Matrix& map) {
  Matrix factor = map.householderQr().matrixQR().triangularView<Eigen::Upper>();
  for (Index i = 0; i < factor.rows(); ++i) {
    if (factor(i, i) < 0.0) factor.row(i) *= -1.0;
  }
  return factor;
}

}  // namespace

const OptionTable<GmmlOptions>& GmmlOptions::table() {
  static const OptionTable<GmmlOptions> options =
      OptionTable<GmmlOptions>{
          {number("t", "point of the geodesic: 0 looks at similar pairs only, 1 at dissimilar pairs only",
                  between(0.0, 1.0), SearchRange{0.0, 1.0}),
           &GmmlOptions::t},
      }
          .nest(&GmmlOptions::regularization, Regularization::table());
  return options;
}

Fit fit_gmml(const MatrixView& x, const constraints::Supervision& supervision, const GmmlOptions& options,
             const FitContext& context) {
  return fit_gmml(scatters_of("gmml", x, supervision), options, context);
}

Fit fit_gmml(const constraints::Scatters& scatters, const GmmlOptions& options, const FitContext& context) {
  GmmlOptions::table().validate(options);
  FitReport report;
  const constraints::Scatters used = regularized(scatters, options.regularization, report, context);
  Matrix map = linalg::geometric_mean_factor(used.similar, used.dissimilar, options.t);
  // tr(M A) = sum of L o (L A); tr(M^-1 B) likewise with L^-T, which is the factor of the mean of the inverses.
  const Matrix inverse_map = linalg::geometric_mean_factor(used.dissimilar, used.similar, 1.0 - options.t);
  report.objective = linalg::product(map, used.similar).cwiseProduct(map).sum() +
                     linalg::product(inverse_map, used.dissimilar).cwiseProduct(inverse_map).sum();
  return {metric::Metric::from_map(triangular(map)), std::move(report)};
}

}  // namespace holdfast::learners
