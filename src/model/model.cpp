#include "holdfast/model/model.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "holdfast/core/error.hpp"

namespace holdfast::model {

Index Model::input_dimension() const {
  return embedding ? embedding->input_dimension() : preprocessor.input_dimension();
}

std::string Model::preparation() const {
  if (!embedding) return preprocessor.specification();
  const std::string after = preprocessor.specification();
  return after == "none" ? "embedding of the network" : fmt::format("embedding of the network, {}", after);
}

Matrix Model::prepare_rows(const MatrixView& rows) const {
  return embedding ? preprocessor.apply(embedding->apply(rows)) : preprocessor.apply(rows);
}

Matrix Model::prepare(const DatasetView& data) const {
  const Index wanted = input_dimension();
  if (data.dimension() != wanted && embedding) {
    throw InputError(
        fmt::format("{}: has rows of {} values; the model's network takes {} ({} values); give images of "
                    "that size, as --image-size makes them of a folder",
                    data.source, data.dimension(), embedding->input(), wanted));
  }
  if (data.dimension() != wanted) {
    throw InputError(
        fmt::format("{}: has {} feature columns; the model was trained on {}; give the same columns in the "
                    "same order (--label names the label column, --label none says that there is none)",
                    data.source, data.dimension(), wanted));
  }
  if (!columns.empty() && !data.columns.empty()) {
    for (std::size_t k = 0; k < columns.size(); ++k) {
      if (columns[k] != data.columns[k]) {
        throw InputError(
            fmt::format("{}: feature column {} is \"{}\"; in the training data it was \"{}\"; give the same "
                        "columns in the same order",
                        data.source, k + 1, data.columns[k], columns[k]));
      }
    }
  }
  Matrix prepared = prepare_rows(data.x);
  if (!prepared.allFinite()) {
    throw InputError(
        fmt::format("{}: values overflow in the model's preprocessing; check the units of the columns", data.source));
  }
  return prepared;
}

void Model::require_classifier(std::string_view purpose) const {
  if (labels.size() > 0) return;
  throw InputError(
      fmt::format("the model has no labels and cannot {}: its metric was learned from pairs or triplets of unlabelled "
                  "rows; use transform, or fit on rows with labels",
                  purpose));
}

Matrix Model::mapped_reference() const {
  return metric.transform(reference);
}

std::vector<int> Model::codes_of(const DatasetView& data) const {
  require_classifier("compare labels");
  const Labels& given = require_labels(data, "be compared with predictions");
  std::vector<int> code_of_given;
  for (const std::string& name : given.names) code_of_given.push_back(find_label(labels.names, name));
  std::vector<int> codes;
  codes.reserve(given.codes.size());
  for (Index row = 0; row < given.size(); ++row) {
    codes.push_back(code_of_given[static_cast<std::size_t>(given.codes[static_cast<std::size_t>(row)])]);
    if (codes.back() < 0) {
      constexpr std::size_t most = 12;
      std::string known;
      for (std::size_t i = 0; i < std::min(most, labels.names.size()); ++i)
        known += (i > 0 ? ", " : "") + labels.names[i];
      if (labels.names.size() > most) known += ", ...";
      throw InputError(fmt::format(
          "{}: row {} (counted from 0) has the label \"{}\", which the model does not know (it knows {}); check "
          "that the label column is the right one",
          data.source, row, given.text(row), known));
    }
  }
  return codes;
}

bool Model::operator==(const Model& other) const {
  const auto stored = [](const Model& model) { return model.embedding ? model.embedding->store() : StoredEmbedding{}; };
  return stored(*this) == stored(other) && preprocessor == other.preprocessor && metric == other.metric &&
         labels == other.labels && columns == other.columns && facts == other.facts &&
         reference.rows() == other.reference.rows() && reference.cols() == other.reference.cols() &&
         reference == other.reference;
}

}  // namespace holdfast::model
