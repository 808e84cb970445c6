// Files of labels as text, one per line.
#pragma once

#include <string>
#include <vector>

#include "holdfast/io/read_options.hpp"
#include "io/byte_source.hpp"

namespace holdfast::io {

/// The delimiter that lines never hold: the whole line is one cell.
inline constexpr char no_delimiter = '\n';

/// One label per line, perhaps after a column that counts rows, and after a header: a first line that is no number
/// while all others are, or one line more than `rows` whose text occurs once while another recurs. What was left out is
/// added to `notes`. A missing label is an error, or with `missing=drop` an empty text.
[[nodiscard]] std::vector<std::string> read_text_labels(ByteSource& source, char delimiter, Index rows,
                                                        std::vector<std::string>& notes, Missing missing);

}  // namespace holdfast::io
