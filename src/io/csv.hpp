// Delimited text (RFC 4180).
#pragma once

#include "holdfast/io/dataset_file.hpp"
#include "io/byte_source.hpp"

namespace holdfast::io {

/// Reads a table. The delimiter is the usual one of the format, which fits no better than another one that fits.
[[nodiscard]] table::Table read_csv(ByteSource& source, char usual_delimiter, const ReadOptions& options);

/// One label per line. A first line that is not a number is a header if all other lines are numbers.
[[nodiscard]] std::vector<std::string> read_text_labels(ByteSource& source, char delimiter);
/// The delimiter that lines never hold: the whole line is one cell.
inline constexpr char no_delimiter = '\n';

}  // namespace holdfast::io
