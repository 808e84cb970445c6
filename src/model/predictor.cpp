#include "holdfast/model/predictor.hpp"

#include "holdfast/core/error.hpp"
#include "holdfast/neighbors/classifier.hpp"

namespace holdfast::model {

Predictor::Predictor(const Model& model)
    : model_(&model), index_(std::make_shared<const neighbors::ExactIndex<double>>(model.mapped_reference())) {
  if (model.task == Task::regression) targets_ = std::make_shared<const Vector>(model.targets());
}

neighbors::Neighbors Predictor::nearest(const MatrixView& prepared, Index k,
                                        const neighbors::SearchOptions& options) const {
  return index_->search(model_->metric.transform(prepared), k, options);
}

Vector Predictor::predict_numbers(const MatrixView& prepared, Index k, const neighbors::SearchOptions& options) const {
  if (targets_ == nullptr) {
    throw InputError(
        Fault{.rule = "the model predicts classes, not quantities", .remedy = "fit a method such as mlkr"});
  }
  const neighbors::Neighbors found = nearest(prepared, k, options);
  Vector predicted(prepared.rows());
  for (Index row = 0; row < prepared.rows(); ++row) {
    double sum = 0.0;
    for (Index j = 0; j < k; ++j) sum += (*targets_)[found.rows(row, j)];
    predicted[row] = sum / static_cast<double>(k);
  }
  return predicted;
}

std::vector<int> Predictor::predict(const MatrixView& prepared, Index k,
                                    const neighbors::SearchOptions& options) const {
  model_->require_classifier("predict classes");
  neighbors::require_valid_k(k, index_->size() - (options.left_out.empty() ? 0 : 1));
  return neighbors::vote(nearest(prepared, k, options), model_->labels.codes, model_->labels.classes());
}

}  // namespace holdfast::model
