// A trained classifier: everything that prediction needs, as one value.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/dataset.hpp"
#include "holdfast/core/record.hpp"
#include "holdfast/metric/metric.hpp"
#include "holdfast/model/embedding.hpp"
#include "holdfast/preprocess/preprocessor.hpp"
#include "holdfast/table/schema.hpp"

namespace holdfast::model {

/// The training of a model, for `info` and for reproducing it.
struct TrainingFacts {
  std::string method;                                        ///< such as "lmnn"
  std::vector<std::pair<std::string, std::string>> options;  ///< every option in effect by its library name, as texts
  Index n = 0;                                               ///< training rows
  Index d = 0;                                               ///< columns before preprocessing
  Index n_triplets = 0;
  double objective = 0.0;
  Index iterations = 0;
  bool converged = true;
  std::string reason;  ///< why training ended, in words
  std::uint64_t seed = 0;
  std::string data_checksum;  ///< holdfast::checksum of the training data
  std::string program_version;

  bool operator==(const TrainingFacts&) const = default;
};

/// The facts as a record, in the order of model files.
[[nodiscard]] Record describe(const TrainingFacts& facts);
/// The facts of such a record, which may have other fields too. Throws std::invalid_argument if one is missing or of
/// another type.
[[nodiscard]] TrainingFacts training_facts_of(const Record& record);

/// What a model predicts of its nearest reference rows.
enum class Task {
  classification,  ///< the class of most of them
  regression,      ///< the mean of their labels, which are numbers
};

/// Preprocessing, metric, and the reference rows of the k-NN classifier, or regression, with their labels.
struct Model {
  preprocess::Preprocessor preprocessor;
  metric::Metric metric;
  Matrix reference;                  ///< n x d', preprocessed training rows, or P x d' prototypes learned from them
  Labels labels;                     ///< of the reference rows; empty if the metric was learned without labels
  std::vector<std::string> columns;  ///< names of the d raw columns, or empty
  TrainingFacts facts;
  std::shared_ptr<const Embedding> embedding = nullptr;  ///< before the preprocessing; null if there is none
  table::Schema schema = {};  ///< of the training table, for reading later ones; empty if there was none
  Index format_version = 0;   ///< of the file that it was read from; 0 if of none
  Task task = Task::classification;

  /// The number of raw columns.
  [[nodiscard]] Index input_dimension() const;
  /// True if an affine map takes raw rows to the metric, so that radii have a meaning in raw units.
  [[nodiscard]] bool is_affine() const { return !embedding && preprocessor.is_affine(); }
  /// The way of raw rows to the metric, for messages: the preprocessing, after the embedding if there is one.
  [[nodiscard]] std::string preparation() const;
  /// Raw rows as the metric takes them, n x d', without any check.
  [[nodiscard]] Matrix prepare_rows(const MatrixView& rows) const;
  /// Rows as the metric takes them: checks that `data` has the model's columns (in number and, if both have names,
  /// in name and order; else InputError), then embeds and preprocesses. n x d'.
  [[nodiscard]] Matrix prepare(const DatasetView& data) const;
  /// L W, r x d, of the map x -> W x + c from raw rows to those of the metric. Throws std::logic_error if is_affine()
  /// is false.
  [[nodiscard]] Matrix components() const;
  /// L c, r entries: what the mapped prepared rows have beyond x (L W)^T. It changes no distance. Throws as components.
  [[nodiscard]] RowVector offset() const;
  /// Rows whose Euclidean distance is the learned one, n x r: X (L W)^T, without the offset; prepared rows mapped by L
  /// if the preparation is not affine. Checks `data` as prepare does.
  [[nodiscard]] Matrix transform(const DatasetView& data) const;
  /// Throws InputError for a model without labels or of regression; `purpose` completes "cannot ...".
  void require_classifier(std::string_view purpose) const;
  /// Whether the reference rows are prototypes that were learned, not the training rows: the facts then have their
  /// number as the option `prototypes`.
  [[nodiscard]] bool has_prototypes() const;
  /// Throws InputError for a model with prototypes; `purpose` completes "cannot ...".
  void require_training_rows(std::string_view purpose) const;
  /// Reference rows mapped by L, n x r: the space where distance is Euclidean.
  [[nodiscard]] Matrix mapped_reference() const;
  /// The labels of the reference rows as numbers, of a model of regression.
  [[nodiscard]] Vector targets() const { return numeric_labels(labels, facts.method); }
  /// The codes of `data`'s labels in the model's numbering. Throws InputError for a label that the model does not know,
  /// naming the row, and as require_classifier does.
  [[nodiscard]] std::vector<int> codes_of(const DatasetView& data) const;
  /// The same for data that may have classes unknown to the model, which are numbered on from `labels.classes()`. A
  /// model without labels knows none. Throws InputError for data without labels.
  [[nodiscard]] std::vector<int> codes_with_unknown(const DatasetView& data) const;

  bool operator==(const Model& other) const;

 private:
  /// Throws InputError unless `data` has the model's columns.
  void require_columns(const DatasetView& data) const;
};

/// The contents of `info`: the training facts, sizes, the classes with their numbers of rows, the preprocessing.
[[nodiscard]] Record describe(const Model& model);

}  // namespace holdfast::model
