// Delimited text (RFC 4180).
#pragma once

#include "holdfast/io/read_options.hpp"
#include "holdfast/table/table.hpp"
#include "io/byte_source.hpp"

namespace holdfast::io {

/// Reads a table. The delimiter is the usual one of the format, which fits no better than another one that fits.
[[nodiscard]] table::Table read_csv(ByteSource& source, char usual_delimiter, const ReadOptions& options);

}  // namespace holdfast::io
