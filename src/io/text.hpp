// What the text formats share: lines, numbers, and how pieces of a hostile file are shown in a message.
#pragma once

#include <fast_float/fast_float.h>

#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/types.hpp"
#include "io/byte_source.hpp"

namespace holdfast::io {

inline constexpr std::string_view not_utf8 = "the text is not valid UTF-8; save the file as UTF-8";

/// Throws the InputError "source:line:column: problem".
[[noreturn]] void fail_at(const std::string& source, Index line, Index column, std::string_view problem);

/// A piece of a file for a message: in quotes, on one line, control and invalid bytes written as \xNN, cut at 40 bytes.
[[nodiscard]] std::string shown(std::string_view text);
/// Texts for a message, at most 20 of them.
[[nodiscard]] std::string shown_list(const std::vector<std::string>& texts);

/// Valid UTF-8 without zero bytes, which no text file holds.
[[nodiscard]] bool is_utf8(std::string_view text);
/// Without blanks at either end: spaces, tabs, line ends and no-break spaces (U+00A0).
[[nodiscard]] std::string_view trimmed(std::string_view text);
[[nodiscard]] bool is_blank(std::string_view text);

/// How fast_float reads a cell.
[[nodiscard]] inline fast_float::parse_options number_format(char decimal) {
  return fast_float::parse_options(fast_float::chars_format::general, decimal);
}

/// How a cell reads as a number.
struct Number {
  enum class Kind { finite, missing, infinite, too_large, not_a_number };
  Kind kind;
  double value;
};
/// Reads trimmed text. Empty cells, NaN and what statistics programs write for it (NA, N/A, null, ?) are missing.
[[nodiscard]] Number read_number(std::string_view text, char decimal = '.');
/// Whether a cell of a column of numbers stands for none: a dash or a point, which may be a category elsewhere.
[[nodiscard]] bool is_missing_mark(std::string_view text);
/// Whether a cell that is no number was surely meant as one: a decimal comma, groups of thousands, a sign of percent or
/// of a currency, single quotes, the minus sign U+2212.
[[nodiscard]] bool is_misspelled_number(std::string_view text);
/// What is wrong with a cell that is not finite, and what would be right; `remedy` for a missing value.
[[nodiscard]] std::string explain(
    const Number& number, std::string_view text,
    std::string_view remedy = "rows with missing values must be filled in or removed first");

/// Whether a label stands for none: empty, ? or NaN. Labels have fewer words for it than numbers: NA and None are
/// classes of their own.
[[nodiscard]] bool is_missing_label(std::string_view text);
/// What is wrong with such a label, as the rest of a sentence, and what would be right.
[[nodiscard]] std::string explain_missing_label(std::string_view text);

/// Numbers that are whole lose their sign + and their decimals ("+1", "1.0", "1e0" give "1"); other texts stay as
/// they are.
[[nodiscard]] std::string canonical_label(std::string_view text);

/// Lines of text, one window of the file in memory at a time. A byte order mark is skipped; CRLF ends a line too, and
/// CR alone if that is the given line end.
class LineReader {
 public:
  /// `window`: bytes in memory at first; longer lines make it grow.
  explicit LineReader(ByteSource& source, char line_end = '\n', std::size_t window = std::size_t{1} << 20);

  /// The next line without its end, or nothing after the last. The view holds until the next call.
  [[nodiscard]] bool next(std::string_view& line);
  /// Adds the following line, with the line end between, to the current one: for quoted cells that span lines. False
  /// if there is none.
  [[nodiscard]] bool extend(std::string_view& line);
  /// The current line and the whole lines behind it that are in memory, each with its end. Holds until `next` or
  /// `extend` have given the last of them.
  [[nodiscard]] std::string_view lines_in_memory() const;
  /// The number, from 1, of the line that `next` gave last.
  [[nodiscard]] Index number() const { return number_; }
  [[nodiscard]] const std::string& source_name() const { return source_.name(); }

 private:
  /// Takes the text up to the next line end to the current line. False at the end of the file.
  bool take_line();
  /// Reads on behind the current line and what follows it; the text moves. False at the end of the file.
  bool refill();
  [[nodiscard]] std::string_view current() const;

  ByteSource& source_;
  char line_end_;
  std::vector<char> window_;
  // Places in the window: begin and end of the current line, the line after it, and the end of what was read.
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t next_ = 0;
  std::size_t filled_ = 0;
  Index number_ = 0;
  Index lines_taken_ = 1;  // by the current one
};

}  // namespace holdfast::io
