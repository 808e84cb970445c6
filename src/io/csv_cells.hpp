// Records of delimited text, cut into cells (RFC 4180).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "io/text.hpp"

namespace holdfast::io {

/// The delimiter of columns that are separated by one or more spaces and tabs.
inline constexpr char blanks = ' ';

/// The cells of one record, trimmed and without their quotes. The views hold until the next record.
class Cells {
 public:
  Cells(LineReader& lines, char delimiter) : lines_(lines), delimiter_(delimiter) {}

  /// Reads further lines if a quoted cell spans them, adding them to the record, then cuts it.
  const std::vector<std::string_view>& split(std::string_view& record);
  /// The cells that were cut last.
  [[nodiscard]] const std::vector<std::string_view>& current() const { return cells_; }

 private:
  [[nodiscard]] Index column() const { return static_cast<Index>(cells_.size()) + 1; }
  /// Cuts one cell off; false after the last.
  bool next_cell();
  std::string_view quoted_text();

  LineReader& lines_;
  char delimiter_;
  std::vector<std::string_view> cells_;
  std::string unquoted_;
  std::string_view rest_;
};

/// Throws InputError, at the first field too many or lacking, unless a line has as many fields as the header.
void require_width(const std::vector<std::string_view>& fields, std::size_t width, const std::string& source,
                   Index line);

}  // namespace holdfast::io
