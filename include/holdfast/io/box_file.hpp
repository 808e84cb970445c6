// Files of limits by column.
#pragma once

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast::io {

/// One line: the least and greatest value that a column may have.
struct BoxLine {
  Index line = 0;  ///< of the file
  std::string column;
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();
};

/// Reads a csv file with the columns column, lower and upper, in any order; an empty cell is no limit. Throws
/// InputError with line and column for another header, a cell that is no number, a column without a name, and limits of
/// which the lower one is not below the upper one.
[[nodiscard]] std::vector<BoxLine> read_box(const std::filesystem::path& file);

}  // namespace holdfast::io
