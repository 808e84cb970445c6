// Missing cells: rows that have them are refused, left out, or filled in.
#pragma once

#include "holdfast/io/read_options.hpp"
#include "holdfast/table/table.hpp"
#include "io/text.hpp"

namespace holdfast::io {

/// What to do about missing cells, for messages.
inline constexpr const char* missing_remedy =
    "leave such rows out with `missing=drop`, or fill such cells in with `missing=impute`";

/// The label, or an empty text if it is missing and rows without one are left out; if they are not, calls `fail` with
/// the problem, which must throw.
template <class Fail>
[[nodiscard]] std::string_view settled_label(std::string_view label, Missing missing, Fail&& fail) {
  if (!is_missing_label(label)) return label;
  if (missing != Missing::drop) fail(explain_missing_label(label));
  return {};
}

[[noreturn]] void fail_all_rows_missing(const std::string& source, Index rows);
[[nodiscard]] std::string note_of_rows_left_out(Index left_out, Index rows);

/// Leaves out the rows of a table that have a missing cell (NaN) or label (empty), with their identifiers, and notes
/// how many. Throws InputError if no row is left.
void drop_incomplete_rows(table::Table& table);

/// Treats the missing values (NaN) and labels (empty) of rows that came without a table, such as arrays, as the options
/// say. `impute` takes the medians, which the schema of the result keeps; for later rows, those of the model's schema.
/// Throws InputError, naming the first missing value, if missing values remain.
void settle_missing_values(table::EncodedTable& rows, const ReadOptions& options);

}  // namespace holdfast::io
