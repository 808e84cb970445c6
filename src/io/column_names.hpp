// The names of the columns of a delimited text, and the label column among them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "io/dialect.hpp"

namespace holdfast::io {

struct ColumnNames {
  bool header = false;             ///< whether the columns have names
  bool in_first_record = false;    ///< whether the first record holds them
  std::vector<std::string> names;  ///< one per column, each empty without a header
  std::vector<bool> empty;         ///< columns without a name in which all cells of the sample are empty
};

/// Names the columns. A header that is one cell shorter than the rows has no name for the first column (row names, as R
/// writes them), or for an empty last one. Throws InputError for names that are not UTF-8, and for files of a header
/// alone.
[[nodiscard]] ColumnNames name_columns(const std::string& source, const Sample& sample, const ReadOptions& options);

/// The label column that `options.label` names: an exact name first, else "first", "last", "none" or "#N"; the last
/// column that is not among `left_out` by default. Throws InputError if there is no such column, or if its name occurs
/// twice.
[[nodiscard]] std::optional<std::size_t> find_label_column(const std::string& source, const ColumnNames& columns,
                                                           const ReadOptions& options,
                                                           const std::vector<bool>& left_out);

}  // namespace holdfast::io
