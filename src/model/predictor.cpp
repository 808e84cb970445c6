#include "holdfast/model/predictor.hpp"

#include "holdfast/neighbors/classifier.hpp"

namespace holdfast::model {

Predictor::Predictor(const Model& model)
    : model_(&model), index_(std::make_shared<const neighbors::ExactIndex<double>>(model.mapped_reference())) {}

neighbors::Neighbors Predictor::nearest(const MatrixView& prepared, Index k,
                                        const neighbors::SearchOptions& options) const {
  return index_->search(model_->metric.transform(prepared), k, options);
}

std::vector<int> Predictor::predict(const MatrixView& prepared, Index k,
                                    const neighbors::SearchOptions& options) const {
  model_->require_classifier("predict");
  neighbors::require_valid_k(k, index_->size() - (options.left_out.empty() ? 0 : 1));
  return neighbors::vote(nearest(prepared, k, options), model_->labels.codes, model_->labels.classes());
}

}  // namespace holdfast::model
