// A model made ready to predict.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "holdfast/model/model.hpp"
#include "holdfast/neighbors/exact_index.hpp"

namespace holdfast::model {

/// A model with its reference rows mapped and indexed once. A cheap value to copy: copies share the index.
class Predictor {
 public:
  /// Keeps a reference to the model, which must outlive it.
  explicit Predictor(const Model& model);
  explicit Predictor(Model&&) = delete;

  [[nodiscard]] const Model& model() const { return *model_; }
  /// The reference rows mapped by L, n x r, with their index.
  [[nodiscard]] const std::shared_ptr<const neighbors::ExactIndex<double>>& index() const { return index_; }

  /// Class codes of preprocessed rows (Model::prepare) by k nearest neighbours; k odd.
  [[nodiscard]] std::vector<int> predict(const MatrixView& prepared, Index k,
                                         const neighbors::SearchOptions& options = {}) const;
  /// The mean label of the k nearest reference rows of preprocessed rows, by a model of regression; any k. Throws
  /// InputError for a model of classes.
  [[nodiscard]] Vector predict_numbers(const MatrixView& prepared, Index k,
                                       const neighbors::SearchOptions& options = {}) const;
  /// The k nearest reference rows of preprocessed rows under the model's metric; any k.
  [[nodiscard]] neighbors::Neighbors nearest(const MatrixView& prepared, Index k,
                                             const neighbors::SearchOptions& options = {}) const;

 private:
  const Model* model_;
  std::shared_ptr<const neighbors::ExactIndex<double>> index_;
  std::shared_ptr<const Vector> targets_;  ///< of a model of regression; null for one of classes
};

}  // namespace holdfast::model
