// Delimited text (RFC 4180).
#pragma once

#include "holdfast/io/dataset_file.hpp"
#include "io/byte_source.hpp"

namespace holdfast::io {

[[nodiscard]] Dataset read_csv(ByteSource& source, char delimiter, const ReadOptions& options);

}  // namespace holdfast::io
