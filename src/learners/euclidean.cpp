#include "holdfast/learners/euclidean.hpp"

namespace holdfast::learners {

const OptionTable<EuclideanOptions>& EuclideanOptions::table() {
  static const OptionTable<EuclideanOptions> none = {};
  return none;
}

Fit fit_euclidean(const MatrixView& x, const constraints::Supervision& /*supervision*/,
                  const EuclideanOptions& /*options*/, const FitContext& /*context*/) {
  Fit fit{metric::Metric::euclidean(x.cols()), {}};
  fit.report.log.emplace_back("nothing to learn: M is the identity");
  return fit;
}

}  // namespace holdfast::learners
