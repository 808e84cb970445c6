// Data sets on disk, in the formats that users have them in.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "holdfast/core/dataset.hpp"
#include "holdfast/io/read_options.hpp"
#include "holdfast/table/table.hpp"

namespace holdfast::io {

/// Reads a data set: n x d, n >= 1, d >= 1, all values finite. Throws InputError, "file:line:column: what is wrong;
/// what would be right" for text and "file: ..." for binary formats, if the file is missing, malformed, truncated,
/// or holds a missing or infinite value. Text is read through a window: memory holds the matrix and little else.
[[nodiscard]] Dataset read_dataset(const std::filesystem::path& file, const ReadOptions& options = {});

/// Reads training rows with the schema of their table, which is empty for formats without columns of several types.
[[nodiscard]] table::EncodedTable read_table(const std::filesystem::path& file, const ReadOptions& options = {});

/// Reads labels for `rows` rows, one per row: idx of one dimension, npy (integers, floats, texts), or text with one
/// label per line; each also as .gz. A first line of text is a header if it alone is no number, or if it occurs
/// once while others recur and is one line too many; a column before the labels that names rows is left out. What was
/// decided so is added to `notes`. A missing label (empty, ? or NaN) is an error, or with `drop` an empty text. Throws
/// InputError as `read_dataset` does.
[[nodiscard]] std::vector<std::string> read_labels(const std::filesystem::path& file, Index rows,
                                                   std::vector<std::string>& notes, Missing missing = Missing::error);

}  // namespace holdfast::io
