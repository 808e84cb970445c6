// Predictions of a model with their certificates, in one call.
#pragma once

#include <vector>

#include "holdfast/certify/certificate.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/model/model.hpp"

namespace holdfast::evaluate {

struct CertifyOptions {
  Index k = 1;  ///< nearest neighbours that vote, odd
  certify::Norm norm = certify::Norm::l2;
  certify::Space space = certify::Space::preprocessed;
  Index limit = 0;  ///< certificates for so many first rows only; 0: for all
  Observer observer = {};
};

struct CertifiedPredictions {
  std::vector<int> predicted;                      ///< classes in the model's numbering, one a row
  std::vector<int> codes;                          ///< what they were judged by: the rows' labels, or the predictions
  std::vector<certify::Certificate> certificates;  ///< k-NN lower bounds of the rows up to the limit
};

/// Predicts labelled rows and certifies them against their labels: the radius of a wrong prediction is 0. Throws
/// InputError for columns or labels unknown to the model, an even k, and Space::raw where the preprocessing is not
/// affine.
[[nodiscard]] CertifiedPredictions certified_evaluation(const model::Model& model, const DatasetView& test,
                                                        const CertifyOptions& options = {});

/// Predicts rows, labelled or not, and certifies the predictions themselves. Throws likewise.
[[nodiscard]] CertifiedPredictions certified_prediction(const model::Model& model, const DatasetView& data,
                                                        const CertifyOptions& options = {});

}  // namespace holdfast::evaluate
