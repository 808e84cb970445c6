// How a delimited text is written: delimiter, decimal mark, line ends, and the lines before its first record.
#pragma once

#include <string>
#include <vector>

#include "holdfast/io/read_options.hpp"
#include "io/byte_source.hpp"

namespace holdfast::io {

struct Dialect {
  char delimiter = ',';  ///< or `blanks`
  char decimal = '.';
  char line_end = '\n';
  Index lines_before = 0;  ///< comments and a line such as "sep=;", to be passed over
};

/// The beginning of a file: what decides the dialect, the header and the types of the columns.
struct Sample {
  Dialect dialect;
  std::vector<std::vector<std::string>> records;  ///< cells of the first records that are not empty
  Index fields = 0;                               ///< of the first record, or of most others if there are some
  std::vector<std::string> comment_header;  ///< names in a comment line before the first record, as NumPy writes them
  bool broken = false;                      ///< a fault ends the sample; the reader will say what is wrong
  std::vector<std::string> notes;
};

/// Looks at the first megabyte of `source`, or more if lines are longer, without taking it.
[[nodiscard]] Sample take_sample(ByteSource& source, char usual_delimiter, const ReadOptions& options);

}  // namespace holdfast::io
