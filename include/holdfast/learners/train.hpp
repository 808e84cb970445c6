// From a labelled table to a model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "holdfast/learners/perturbation.hpp"
#include "holdfast/learners/registry.hpp"
#include "holdfast/model/model.hpp"
#include "holdfast/table/schema.hpp"

namespace holdfast::learners {

struct TrainOptions {
  std::string method = "lmnn";
  std::string preprocess = "auto";  ///< preprocess::Preprocessor::fit
  OptionSet options;                ///< those that differ from the method's defaults
  std::uint64_t seed = 0;
  /// The supervision: the labels of the data (monostate), or pairs, triplets, chunks or quadruplets of its rows.
  std::variant<std::monostate, constraints::PairSet, constraints::TripletSet, constraints::ChunkSet,
               constraints::QuadrupletSet>
      supervision;
  /// The columns of the training table, which the model keeps; empty for rows that came without a table.
  table::Schema schema;
  /// Matrices about raw rows, which replace options: L at the start (r x d) for methods that have an option init, the
  /// metric P that the fit stays close to (d x d) for those with prior, the basis vectors (K x d) for directions.
  std::optional<Matrix> start = {};
  std::optional<Matrix> prior = {};
  std::optional<Matrix> basis = {};
};

struct Trained {
  model::Model model;
  FitReport report;
};

/// Fits preprocessing and metric on `data`, which become a model with the rows as its reference, and with their
/// labels if the data have labels. Throws InputError for data without labels unless other supervision is given, for
/// data of one class, and for options that no method has or that are out of bounds; Stopped if the observer stops the
/// fit before it has a metric.
[[nodiscard]] Trained train(const DatasetView& data, const TrainOptions& options, const Observer& observer = {});

}  // namespace holdfast::learners
