// Models: made by `train`, read from files, and what they do to rows.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <numeric>

#include "arrays.hpp"
#include "bindings.hpp"
#include "conversions.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/io/model_file.hpp"
#include "holdfast/table/table.hpp"
#include "interruptible.hpp"
#include "model_holder.hpp"

namespace holdfast::python {
namespace {

/// Refuses networks, as the package comes without LibTorch.
std::shared_ptr<const model::Embedding> refuse_network(const model::StoredEmbedding&) {
  throw InputError(Fault{.rule = "the model has a network, which the Python package does not read",
                         .remedy = "map the images with the command `holdfast transform`, and work on the embeddings"});
}

/// What the model's file holds.
nb::bytes bytes_of(const ModelHolder& holder) {
  const std::string content = io::model_bytes(holder.model());
  return nb::bytes(content.data(), content.size());
}

/// The rows of a matrix that lives as long as its model, without a copy.
ConstArray2 shown(nb::handle model, const Matrix& matrix) {
  return {matrix.data(), {static_cast<std::size_t>(matrix.rows()), static_cast<std::size_t>(matrix.cols())}, model};
}

Array2 folded_map(const ModelHolder& holder) { return to_array(holder.model().components()); }

Array1 offset(const ModelHolder& holder) {
  const RowVector values = holder.model().offset();
  return to_array(std::vector<double>(values.begin(), values.end()));
}

Array2 prepare(const ModelHolder& holder, const Rows& x) {
  return to_array(unlocked([&] { return holder.model().prepare(rows_view(view(x))); }));
}

Array2 transform(const ModelHolder& holder, const Rows& x) {
  return to_array(unlocked([&] { return holder.model().transform(rows_view(view(x))); }));
}

/// search(preprocessed rows, options) of raw rows, or leave-one-out of the reference rows.
template <class Search>
auto searched(const ModelHolder& holder, const std::optional<Rows>& x, nb::object progress, Search&& search) {
  return interruptible(std::move(progress), [&](const Observer& observer) {
    if (x) return search(holder.model().prepare(rows_view(view(*x))), {.observer = observer});
    holder.model().require_training_rows("judge them; give rows");
    std::vector<Index> themselves(static_cast<std::size_t>(holder.model().reference.rows()));
    std::iota(themselves.begin(), themselves.end(), Index{0});
    return search(holder.model().reference, {.left_out = themselves, .observer = observer});
  });
}

Codes1 predict(const ModelHolder& holder, const std::optional<Rows>& x, Index k, nb::object progress) {
  return to_array(
      searched(holder, x, std::move(progress), [&](const Matrix& rows, const neighbors::SearchOptions& options) {
        return holder.predictor().predict(rows, k, options);
      }));
}

Array1 predict_numbers(const ModelHolder& holder, const std::optional<Rows>& x, Index k, nb::object progress) {
  const Vector numbers =
      searched(holder, x, std::move(progress), [&](const Matrix& rows, const neighbors::SearchOptions& options) {
        return holder.predictor().predict_numbers(rows, k, options);
      });
  return to_array(std::vector<double>(numbers.begin(), numbers.end()));
}

nb::typed<nb::tuple, Array2, Codes2> neighbors_of(const ModelHolder& holder, const std::optional<Rows>& x, Index k,
                                                  nb::object progress) {
  neighbors::Neighbors found =
      searched(holder, x, std::move(progress), [&](const Matrix& rows, const neighbors::SearchOptions& options) {
        return holder.predictor().nearest(rows, k, options);
      });
  Matrix distances = found.squared_distances.cwiseSqrt();
  const auto rows = static_cast<std::size_t>(found.rows.rows());
  return nb::make_tuple(to_array(std::move(distances)),
                        owning<Codes2>(std::move(found.rows), {rows, static_cast<std::size_t>(k)}));
}

/// Name and whether it holds texts, of each feature column of the model's table; empty without a table with a header.
std::vector<std::pair<std::string, bool>> table_features(const ModelHolder& holder) {
  const table::Schema& schema = holder.model().schema;
  std::vector<std::pair<std::string, bool>> features;
  if (!schema.header) return features;
  for (const table::Column& column : schema.columns) {
    if (column.role != table::Role::feature) continue;
    features.emplace_back(column.name, column.type != table::ColumnType::numeric);
  }
  return features;
}

/// Encodes cells of the columns of table_features: numbers, or for columns of texts numbers of `texts`.
std::pair<Array2, std::vector<std::string>> encode(const ModelHolder& holder, const Rows& cells,
                                                   std::vector<std::vector<std::string>> texts) {
  const table::Schema& schema = holder.model().schema;
  table::Table table{.source = "X", .header = true};
  for (const table::Column& column : schema.columns) {
    if (column.role != table::Role::feature) continue;
    table.columns.push_back({.about = column, .texts = std::move(texts.at(table.columns.size()))});
  }
  table.cells = view(cells);
  Dataset data = table::encode(std::move(table), schema);
  return {to_array(std::move(data.x)), std::move(data.warnings)};
}

}  // namespace

void add_model(nb::module_& module) {
  nb::class_<ModelHolder>(module, "Model", "A trained model; never changes.")
      .def_static(
          "load", [](const std::string& file) { return new ModelHolder(io::load_model(file, refuse_network)); },
          "file"_a, "Reads a model file.")
      .def(
          "save", [](const ModelHolder& holder, const std::string& file) { io::save_model(file, holder.model()); },
          "file"_a, "Writes the model file, whole or not at all.")
      .def("__getstate__", &bytes_of)
      .def("__setstate__",
           [](ModelHolder& holder, const nb::bytes& content) {
             new (&holder) ModelHolder(io::model_from_bytes({content.c_str(), content.size()}, refuse_network));
           })
      .def(
          "__eq__", [](const ModelHolder& a, const ModelHolder& b) { return a.model() == b.model(); },
          nb::is_operator(), nb::sig("def __eq__(self, other: object) -> bool"))
      .def("__hash__", [](const ModelHolder& holder) { return reinterpret_cast<std::intptr_t>(&holder); })
      .def_prop_ro(
          "facts", [](const ModelHolder& h) { return to_dict(describe(h.model())); }, "What `holdfast info` tells.")
      .def_prop_ro("class_names", [](const ModelHolder& h) { return h.model().labels.names; })
      .def_prop_ro(
          "codes", [](const ModelHolder& h) { return to_array(h.model().labels.codes); }, nb::rv_policy::automatic,
          "Classes of the reference rows, as places in class_names.")
      .def_prop_ro(
          "reference",
          [](nb::handle_t<ModelHolder> h) { return shown(h, nb::cast<const ModelHolder&>(h).model().reference); },
          nb::rv_policy::reference, "n x d' preprocessed training rows.")
      .def_prop_ro(
          "map",
          [](nb::handle_t<ModelHolder> h) { return shown(h, nb::cast<const ModelHolder&>(h).model().metric.map()); },
          nb::rv_policy::reference, "L, r x d', of preprocessed rows.")
      .def("folded_map", &folded_map, "L W, r x d: the map of raw rows. For affine preprocessing.")
      .def("offset", &offset, "L c, r: what mapped prepared rows have beyond x (L W)^T. For affine preprocessing.")
      .def_prop_ro("table_features", &table_features,
                   "Feature columns of the training table, (name, whether of texts); empty without a header.")
      .def("encode", &encode, "cells"_a.noconvert(), "texts"_a,
           "Cells of those columns (of texts: places in the lists; NaN: missing) as raw rows, n x d, and warnings.")
      .def("prepare", &prepare, "x"_a.noconvert(), "Raw rows preprocessed, n x d'.")
      .def("transform", &transform, "x"_a.noconvert(),
           "Raw rows times (L W)^T, n x r; preprocessed and mapped by L if the preprocessing is not affine.")
      .def("predict", &predict, "x"_a.noconvert().none(), "k"_a, "progress"_a.none(),
           "Classes of raw rows, as places in class_names, by k nearest neighbours. None: of the reference rows, "
           "leave-one-out.")
      .def_prop_ro("is_regression", [](const ModelHolder& h) { return h.model().task == model::Task::regression; })
      .def("predict_numbers", &predict_numbers, "x"_a.noconvert().none(), "k"_a, "progress"_a.none(),
           "Mean labels of the k nearest reference rows of raw rows, by a model of regression. None: as in predict.")
      .def(
          "neighbors", &neighbors_of, "x"_a.noconvert().none(), "k"_a, "progress"_a.none(),
          "(distances, reference rows) of the k nearest reference rows of raw rows, n x k each. None: of the reference "
          "rows, leave-one-out.");
}

}  // namespace holdfast::python
