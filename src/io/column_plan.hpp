// What each column of a delimited text is read as.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "holdfast/table/table.hpp"
#include "io/dialect.hpp"

namespace holdfast::io {

enum class CellUse { skipped, number, text, label, id };

[[nodiscard]] inline bool is_feature(CellUse use) { return use == CellUse::number || use == CellUse::text; }

struct ColumnPlan {
  bool header = false;                      ///< the first record names the columns
  std::vector<table::TableColumn> columns;  ///< of the file, in order
  std::vector<CellUse> uses;                ///< one per column
  std::optional<Index> label;               ///< the label column, read or not
  std::vector<std::string> notes;
  std::vector<std::string> warnings;
};

/// Plans the reading of training rows: the options name label, identifiers and columns left out; the sample tells which
/// features are texts, and which columns are empty or only count the rows.
[[nodiscard]] ColumnPlan plan_columns(const std::string& source, const Sample& sample, const ReadOptions& options);

/// Plans the reading of rows for a model with the given schema: columns are found by name, or by position if the file
/// or the schema has no header.
[[nodiscard]] ColumnPlan plan_columns_of(const table::Schema& schema, const std::string& source, const Sample& sample,
                                         const ReadOptions& options);

}  // namespace holdfast::io
