#include "holdfast/table/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"

namespace holdfast::table {
namespace {

/// The columns of the file that are features, in the order of the cells' columns.
std::vector<std::size_t> features_of(const Table& table) {
  std::vector<std::size_t> features;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].about.role == Role::feature) features.push_back(i);
  }
  return features;
}

std::string display_name(const Table& table, std::size_t column) {
  const std::string& name = table.columns[column].about.name;
  return name.empty() ? fmt::format("#{}", column + 1) : fmt::format("\"{}\"", name);
}

void refuse_identifiers(const Table& table) {
  constexpr Index enough_rows = 20;  // in fewer rows, categories may well be as many as half of the rows
  const Index rows = table.cells.rows() + table.rows_left_out;
  std::vector<std::string> names;
  std::string choice;
  for (const std::size_t i : features_of(table)) {
    const TableColumn& column = table.columns[i];
    const auto count = static_cast<Index>(column.texts.size());
    if (column.about.type != ColumnType::categorical || column.listed || count <= 2) continue;
    if (2 * count <= rows || (rows < enough_rows && count < rows)) continue;
    names.push_back(fmt::format("{} ({} texts)", display_name(table, i), count));
    if (!choice.empty()) choice += ',';
    choice += column_name(column.about.name, i);
  }
  if (names.empty()) return;
  throw InputError(Fault{
      .place = table.source,
      .rule = fmt::format("column{} {} look{} like {}: different texts in more than half of the {} rows",
                          names.size() == 1 ? "" : "s", fmt::join(names, " and "), names.size() == 1 ? "s" : "",
                          names.size() == 1 ? "an identifier" : "identifiers", rows),
      .remedy =
          fmt::format("leave out with `drop={}`, copy into outputs with `id={}`, or take as categories all the same "
                      "with `categorical={}`",
                      choice, choice, choice)});
}

/// Settles the categories of a column of texts, and numbers its cells by them.
void number_categories(TableColumn& column, Eigen::Ref<Vector, 0, Eigen::InnerStride<>> cells) {
  if (std::vector<std::string> words = boolean_categories(column.texts); !words.empty()) {
    column.about.type = ColumnType::boolean;
    column.about.categories = std::move(words);
  } else {
    column.about.categories = encode_labels(column.texts).names;
  }
  std::vector<double> number_of;
  for (const std::string& text : column.texts) {
    number_of.push_back(static_cast<double>(column.about.find_category(text).value()));
  }
  for (double& cell : cells) {
    if (!std::isnan(cell)) cell = number_of[static_cast<std::size_t>(cell)];
  }
}

/// The features of numbered cells: `source[k]` is the column of the cells that holds feature column k of the schema.
Matrix expand(Matrix cells, const Schema& schema, const std::vector<Index>& source) {
  bool as_they_are = schema.dimension() == cells.cols();
  for (std::size_t k = 0; k < source.size(); ++k) as_they_are = as_they_are && source[k] == static_cast<Index>(k);
  if (as_they_are) return cells;
  std::vector<Index> width;
  for (const Column& column : schema.columns) {
    if (column.role == Role::feature) width.push_back(column.width());
  }
  Matrix x(cells.rows(), schema.dimension());
  parallel_for(x.rows(), grain_of(x.cols()), [&](Index begin, Index end) {
    for (Index row = begin; row < end; ++row) {
      double* out = x.row(row).data();
      for (std::size_t k = 0; k < source.size(); ++k) {
        const double value = cells(row, source[k]);
        if (width[k] == 1) {
          *out = value;
        } else {
          std::fill_n(out, width[k], 0.0);
          if (value >= 0.0) out[static_cast<Index>(value)] = 1.0;
        }
        out += width[k];
      }
    }
  });
  return x;
}

Dataset dataset_of(Table table, const Schema& schema, const std::vector<Index>& source) {
  Dataset data;
  data.x = expand(std::move(table.cells), schema, source);
  data.labels = std::move(table.labels);
  data.columns = schema.feature_names();
  data.source = std::move(table.source);
  data.ids = std::move(table.ids);
  data.warnings = std::move(table.warnings);
  data.notes = std::move(table.notes);
  return data;
}

/// For each feature column of the schema, the column of the table's cells that holds it.
std::vector<Index> source_of(const Table& table, const Schema& schema) {
  const std::vector<std::size_t> features = features_of(table);
  const bool by_name = table.header && schema.header;
  std::vector<Index> source;
  for (const Column& column : schema.columns) {
    if (column.role != Role::feature) continue;
    const auto found = std::ranges::find_if(features, [&](std::size_t i) {
      return !by_name ? i == features.at(source.size()) : table.columns[i].about.name == column.name;
    });
    if (found == features.end()) throw std::logic_error("a feature of the schema is not in the table");
    source.push_back(found - features.begin());
  }
  return source;
}

/// For each column of the cells whether some cell is missing.
std::vector<bool> missing_in(const Matrix& cells) {
  std::vector<bool> missing(static_cast<std::size_t>(cells.cols()), false);
  for (Index row = 0; row < cells.rows(); ++row) {
    if (!cells.row(row).hasNaN()) continue;
    for (Index k = 0; k < cells.cols(); ++k) {
      if (std::isnan(cells(row, k))) missing[static_cast<std::size_t>(k)] = true;
    }
  }
  return missing;
}

}  // namespace

double fill_value(const Column& column, const Vector& cells) {
  std::vector<double> known;
  std::ranges::copy_if(cells, std::back_inserter(known), [](double cell) { return !std::isnan(cell); });
  if (known.empty()) return 0.0;
  std::ranges::sort(known);
  const std::size_t middle = known.size() / 2;
  if (column.type == ColumnType::numeric) {
    return known.size() % 2 == 1 ? known[middle] : 0.5 * known[middle - 1] + 0.5 * known[middle];
  }
  std::vector<Index> counts(column.categories.size(), 0);
  for (const double cell : known) ++counts[static_cast<std::size_t>(cell)];
  return static_cast<double>(std::ranges::max_element(counts) - counts.begin());
}

Index fill_in(Eigen::Ref<Vector, 0, Eigen::InnerStride<>> cells, double fill) {
  Index filled = 0;
  for (double& cell : cells) {
    if (!std::isnan(cell)) continue;
    cell = fill;
    ++filled;
  }
  return filled;
}

std::string note_of_filled_columns(const std::vector<std::string>& names) {
  constexpr std::size_t most = 5;
  const std::vector<std::string> first(names.begin(),
                                       names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), most)));
  return fmt::format("missing cells are filled in, in {} column{} ({}{})", names.size(), names.size() == 1 ? "" : "s",
                     fmt::join(first, ", "), names.size() > most ? ", ..." : "");
}

EncodedTable encode(Table table, bool impute) {
  refuse_identifiers(table);
  EncodedTable result;
  result.schema.header = table.header;
  std::vector<Index> source;
  std::vector<std::string> filled;  // columns
  Index at = 0;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    TableColumn& column = table.columns[i];
    if (column.about.role == Role::feature) {
      auto cells = table.cells.col(at);
      if (column.about.type == ColumnType::categorical && column.texts.size() < 2 &&
          boolean_categories(column.texts).empty()) {
        table.notes.push_back(
            fmt::format("column {} has one text in all rows and is left out", display_name(table, i)));
        column.about.role = Role::left_out;
      } else {
        if (column.about.type == ColumnType::categorical) number_categories(column, cells);
        if (impute) {
          column.about.fill = fill_value(column.about, cells);
          if (fill_in(cells, column.about.fill) > 0) filled.push_back(display_name(table, i));
        }
        source.push_back(at);
      }
      ++at;
    }
    result.schema.columns.push_back(column.about);
  }
  if (source.empty()) {
    throw InputError(Fault{.place = table.source,
                           .rule = "has no feature column left",
                           .remedy = "keep at least one column that differs between rows"});
  }
  if (!filled.empty()) table.notes.push_back(note_of_filled_columns(filled));
  result.data = dataset_of(std::move(table), result.schema, source);
  return result;
}

Dataset encode(Table table, const Schema& schema) {
  const std::vector<Index> source = source_of(table, schema);
  const std::vector<std::size_t> features = features_of(table);
  Index unknown = 0;
  std::string example;
  std::vector<std::string> filled;  // columns
  const std::vector<bool> missing = missing_in(table.cells);
  std::size_t k = 0;
  for (const Column& column : schema.columns) {
    if (column.role != Role::feature) continue;
    const Index at = source[k++];
    const TableColumn& read = table.columns[features[static_cast<std::size_t>(at)]];
    // A number for each text; below 0 for an unknown one, which is then no category (zeros).
    std::vector<double> number_of;
    for (const std::string& text : read.texts) {
      const std::optional<Index> number = column.find_category(text);
      number_of.push_back(number ? static_cast<double>(*number) : -1.0);
      if (!number && example.empty()) example = fmt::format("\"{}\" in column \"{}\"", text, column.name);
    }
    if (column.type != ColumnType::numeric) {
      for (double& cell : table.cells.col(at)) {
        if (std::isnan(cell)) continue;
        cell = number_of[static_cast<std::size_t>(cell)];
        if (cell < 0.0) ++unknown;
        if (cell < 0.0 && column.width() == 1) cell = 0.0;
      }
    }
    if (!missing[static_cast<std::size_t>(at)]) continue;
    const std::string name = display_name(table, features[static_cast<std::size_t>(at)]);
    if (std::isnan(column.fill)) {
      throw InputError(Fault{.place = table.source,
                             .rule = fmt::format("column {} has missing cells, and the model keeps no values to fill "
                                                 "them in with",
                                                 name),
                             .remedy = "leave such rows out with `missing=drop`, or fit the model with "
                                       "`missing=impute`"});
    }
    fill_in(table.cells.col(at), column.fill);
    filled.push_back(name);
  }
  if (!filled.empty()) table.notes.push_back(note_of_filled_columns(filled));
  if (unknown > 0) {
    table.warnings.push_back(
        fmt::format("{} cell{} of categories that the training rows did not have, such as {}; zeros "
                    "stand for such a category",
                    unknown, unknown == 1 ? " is" : "s are", example));
  }
  return dataset_of(std::move(table), schema, source);
}

}  // namespace holdfast::table
