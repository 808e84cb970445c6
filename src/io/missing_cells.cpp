#include "io/missing_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "io/text.hpp"

namespace holdfast::io {
namespace {

/// The rows without NaN that have labels if any has, and a note of how many are not so.
std::vector<Index> complete_rows(const Matrix& x, const std::optional<Labels>& labels, const std::string& source,
                                 std::vector<std::string>& notes) {
  std::vector<Index> rows;
  for (Index row = 0; row < x.rows(); ++row) {
    if (!x.row(row).hasNaN() && !(labels && labels->text(row).empty())) rows.push_back(row);
  }
  const Index dropped = x.rows() - static_cast<Index>(rows.size());
  if (rows.empty()) fail_all_rows_missing(source, dropped);
  if (dropped > 0) notes.push_back(note_of_rows_left_out(dropped, x.rows()));
  return rows;
}

/// The labels of some rows, without the classes that have none of them.
Labels select_labels(const Labels& labels, const std::vector<Index>& rows) {
  std::vector<std::string> texts;
  for (const Index row : rows) texts.push_back(labels.text(row));
  return encode_labels(texts);
}

/// For each feature the value that stands for a missing one; NaN if there is none.
std::vector<double> fills_of(const table::Schema& schema) {
  std::vector<double> fills;
  for (const table::Column& column : schema.columns) {
    if (column.role != table::Role::feature) continue;
    const double unknown = std::numeric_limits<double>::quiet_NaN();
    fills.insert(fills.end(), static_cast<std::size_t>(column.width()), column.width() == 1 ? column.fill : unknown);
  }
  return fills;
}

/// Fills in what the schema knows a value for, and notes the columns.
void fill_in(Dataset& data, const table::Schema& schema) {
  const std::vector<double> fills = fills_of(schema);
  if (static_cast<Index>(fills.size()) != data.dimension()) return;
  std::vector<std::string> filled;
  for (std::size_t k = 0; k < fills.size(); ++k) {
    if (std::isnan(fills[k]) || table::fill_in(data.x.col(static_cast<Index>(k)), fills[k]) == 0) continue;
    filled.push_back(data.columns.empty() ? fmt::format("#{}", k + 1) : shown(data.columns[k]));
  }
  if (!filled.empty()) data.notes.push_back(table::note_of_filled_columns(filled));
}

/// A schema of numbers whose missing values the medians replace.
table::Schema schema_of_numbers(const Dataset& data) {
  table::Schema schema;
  schema.header = !data.columns.empty();
  for (Index k = 0; k < data.dimension(); ++k) {
    table::Column& column = schema.columns.emplace_back();
    if (schema.header) column.name = data.columns[static_cast<std::size_t>(k)];
    column.fill = table::fill_value(column, data.x.col(k));
  }
  return schema;
}

void require_no_missing_value(const Dataset& data) {
  if (!data.x.hasNaN()) return;
  for (Index row = 0; row < data.rows(); ++row) {
    for (Index k = 0; k < data.dimension(); ++k) {
      if (!std::isnan(data.x(row, k))) continue;
      fail(data.source, fmt::format("row {}, column {} (counted from 0) is NaN; {}", row, k, missing_remedy));
    }
  }
}

}  // namespace

void fail_all_rows_missing(const std::string& source, Index rows) {
  fail(source, fmt::format("all {} rows have missing cells; leave out the columns that lack them with `drop`, or fill "
                           "them in with `missing=impute`",
                           rows));
}

std::string note_of_rows_left_out(Index left_out, Index rows) {
  return fmt::format("{} of {} rows have missing cells and are left out", left_out, rows);
}

void drop_incomplete_rows(table::Table& table) {
  const std::vector<Index> rows = complete_rows(table.cells, table.labels, table.source, table.notes);
  table.rows_left_out += table.cells.rows() - static_cast<Index>(rows.size());
  if (table.labels) table.labels = select_labels(*table.labels, rows);
  for (NamedTexts& id : table.ids) {
    std::vector<std::string> texts;
    for (const Index row : rows) texts.push_back(std::move(id.texts[static_cast<std::size_t>(row)]));
    id.texts = std::move(texts);
  }
  table.cells = select_rows(MatrixView(table.cells), rows);
}

void settle_missing_values(table::EncodedTable& rows, const ReadOptions& options) {
  Dataset& data = rows.data;
  if (options.schema != nullptr && options.missing != Missing::drop) {
    fill_in(data, *options.schema);
  } else if (options.schema == nullptr && options.missing == Missing::impute) {
    rows.schema = schema_of_numbers(data);
    fill_in(data, rows.schema);
  }
  if (options.missing != Missing::drop) {
    require_no_missing_value(data);
    return;
  }
  std::vector<std::string> notes = std::move(data.notes);
  std::vector<std::string> warnings = std::move(data.warnings);
  const std::vector<Index> complete = complete_rows(data.x, data.labels, data.source, notes);
  if (std::ssize(complete) < data.rows()) {
    std::optional<Labels> labels;
    if (data.labels) labels = select_labels(*data.labels, complete);
    data = select_rows(data, complete);
    data.labels = std::move(labels);
  }
  data.notes = std::move(notes);
  data.warnings = std::move(warnings);
}

}  // namespace holdfast::io
