// Whether the first record of a delimited text names its columns.
#pragma once

#include <string>

#include "io/dialect.hpp"

namespace holdfast::io {

/// Decides by `options.header`, by names that are known (of the label column, of a model's columns), and else by the
/// difference between the first record and the others:
/// - a text stands where the others have numbers;
/// - distinct integers rising by one, with a label cell that occurs in no other record;
/// - in a table of texts alone, no cell occurs again in its column.
/// Throws InputError if a single cell of an otherwise numeric first record is no number: more likely a typing error.
[[nodiscard]] bool has_header(const std::string& source, const Sample& sample, const ReadOptions& options);

/// Whether `names` hold at least half of the columns that a model names.
[[nodiscard]] bool names_columns_of(const table::Schema* schema, const std::vector<std::string>& names);

}  // namespace holdfast::io
