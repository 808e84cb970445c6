#include "holdfast/evaluate/certified.hpp"

#include "holdfast/evaluate/radii.hpp"

namespace holdfast::evaluate {
namespace {

CertifiedPredictions certified(const model::Model& model, const DatasetView& data, HeldTo held_to,
                               const CertifyOptions& options) {
  RowsUnderTest rows = rows_under_test(model, data, options.k, options.space, options.observer, held_to);
  CertifiedPredictions result{rows.predicted, rows.codes, {}};
  if (options.limit > 0 && options.limit < rows.rows.rows()) {
    rows.codes.resize(static_cast<std::size_t>(options.limit));
    rows.predicted.resize(static_cast<std::size_t>(options.limit));
    rows.rows.conservativeResize(options.limit, Eigen::NoChange);
    rows.queries.conservativeResize(options.limit, Eigen::NoChange);
  }
  result.certificates =
      radii(rows, {.method = RadiusMethod::bound, .threat = {options.norm}, .observer = options.observer}).certificates;
  return result;
}

}  // namespace

CertifiedPredictions certified_evaluation(const model::Model& model, const DatasetView& test,
                                          const CertifyOptions& options) {
  return certified(model, test, HeldTo::label, options);
}

CertifiedPredictions certified_prediction(const model::Model& model, const DatasetView& data,
                                          const CertifyOptions& options) {
  return certified(model, data, HeldTo::prediction, options);
}

}  // namespace holdfast::evaluate
