// A trained classifier: everything that prediction needs, as one value.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/dataset.hpp"
#include "holdfast/metric/metric.hpp"
#include "holdfast/model/embedding.hpp"
#include "holdfast/model/training_facts.hpp"
#include "holdfast/preprocess/preprocessor.hpp"

namespace holdfast::model {

/// Preprocessing, metric, and the reference rows of the k-NN classifier with their labels.
struct Model {
  preprocess::Preprocessor preprocessor;
  metric::Metric metric;
  Matrix reference;                  ///< n x d', preprocessed training rows
  Labels labels;                     ///< of the reference rows; empty where the metric was learned without any
  std::vector<std::string> columns;  ///< names of the d raw columns, or empty
  TrainingFacts facts;
  std::shared_ptr<const Embedding> embedding = nullptr;  ///< comes before the preprocessing; null where there is none

  /// The number of raw columns.
  [[nodiscard]] Index input_dimension() const;
  /// True where raw rows come to the metric by an affine map, so that radii have a meaning in raw units.
  [[nodiscard]] bool is_affine() const { return !embedding && preprocessor.is_affine(); }
  /// The way of raw rows to the metric, for messages: the preprocessing, after the embedding where there is one.
  [[nodiscard]] std::string preparation() const;
  /// Raw rows as the metric takes them, n x d', without any check.
  [[nodiscard]] Matrix prepare_rows(const MatrixView& rows) const;
  /// Rows as the metric takes them: checks that `data` has the model's columns (in number and, where both have names,
  /// in name and order; else InputError), then embeds and preprocesses. n x d'.
  [[nodiscard]] Matrix prepare(const DatasetView& data) const;
  /// Throws InputError for a model without labels; `purpose` completes "cannot ...".
  void require_classifier(std::string_view purpose) const;
  /// Reference rows mapped by L, n x r: the space where distance is Euclidean.
  [[nodiscard]] Matrix mapped_reference() const;
  /// The codes of `data`'s labels in the model's numbering. Throws InputError for a label that the model does not know,
  /// naming the row, and as require_classifier does.
  [[nodiscard]] std::vector<int> codes_of(const DatasetView& data) const;

  bool operator==(const Model& other) const;
};

/// What `info` tells of a model: the training facts, sizes, the classes with their numbers of rows, the preprocessing.
[[nodiscard]] Record describe(const Model& model);

}  // namespace holdfast::model
