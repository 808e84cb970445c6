#include "holdfast/learners/covariance.hpp"

#include <fmt/format.h>

#include "learners/whitening.hpp"

namespace holdfast::learners {

const OptionTable<CovarianceOptions>& CovarianceOptions::table() {
  static const OptionTable<CovarianceOptions> none = {};
  return none;
}

Fit fit_covariance(const MatrixView& x, const constraints::Supervision& /*supervision*/,
                   const CovarianceOptions& /*options*/, const FitContext& /*context*/) {
  require_two_rows("covariance", x);
  Whitening whitening = whitening_of("covariance", x);
  FitReport report;
  whitening.warn_of_dependence(report);
  report.log.push_back(
      fmt::format("nothing to learn: M is the inverse covariance of {} rows, of rank {}", x.rows(), whitening.rank));
  return {metric::Metric::from_map(std::move(whitening.map)), std::move(report)};
}

}  // namespace holdfast::learners
