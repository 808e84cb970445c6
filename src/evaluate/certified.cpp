#include "holdfast/evaluate/certified.hpp"

#include <algorithm>
#include <span>

#include "holdfast/certify/model_classifier.hpp"
#include "holdfast/evaluate/evaluation.hpp"

namespace holdfast::evaluate {
namespace {

CertifiedPredictions certified(const model::Model& model, const Dataset& data, bool by_labels,
                               const CertifyOptions& options) {
  CertifiedPredictions result;
  if (by_labels) result.codes = model.codes_of(data);
  const Matrix prepared = model.prepare(data);
  result.predicted = Predictor(model).predict(prepared, options.k, options.observer);
  if (!by_labels) result.codes = result.predicted;
  const Index count = options.limit > 0 ? std::min(options.limit, prepared.rows()) : prepared.rows();
  result.certificates = certify::knn_lower_bounds(certify::perturbed_classifier(model, options.space),
                                                  model.metric.transform(prepared.topRows(count)),
                                                  std::span(result.codes).first(static_cast<std::size_t>(count)),
                                                  std::span(result.predicted).first(static_cast<std::size_t>(count)),
                                                  {.k = options.k, .norm = options.norm, .observer = options.observer});
  return result;
}

}  // namespace

CertifiedPredictions certified_evaluation(const model::Model& model, const Dataset& test,
                                          const CertifyOptions& options) {
  return certified(model, test, true, options);
}

CertifiedPredictions certified_prediction(const model::Model& model, const Dataset& data,
                                          const CertifyOptions& options) {
  return certified(model, data, false, options);
}

}  // namespace holdfast::evaluate
