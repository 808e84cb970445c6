#include "io/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace holdfast::io {
namespace {

constexpr std::string_view minus_sign = "\xe2\x88\x92";
constexpr std::size_t longest_shown = 40;
constexpr std::size_t most_listed = 20;

/// The length of the UTF-8 character that begins at `at`, or 0 if the bytes there are none.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U; };
  const unsigned first = byte(0);
  const unsigned second = byte(1);
  const std::size_t length = first < 0x80U ? 1 : first < 0xC2U ? 0 : first < 0xE0U ? 2 : first < 0xF0U ? 3 : 4;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  const bool too_long = (first == 0xE0U && second < 0xA0U) || (first == 0xF0U && second < 0x90U);
  const bool surrogate = first == 0xEDU && second > 0x9FU;
  const bool beyond_unicode = first > 0xF4U || (first == 0xF4U && second > 0x8FU);
  return too_long || surrogate || beyond_unicode ? 0 : length;
}

bool equal_ignoring_case(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
         });
}

bool means_missing(std::string_view text) {
  // With those of pandas and the errors of spreadsheets.
  constexpr std::array<std::string_view, 14> words = {"",     "?",   "na",    "n/a",     "null",    "none",  "<na>",
                                                      "#n/a", "#na", "#num!", "#div/0!", "#value!", "#ref!", "#name?"};
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return equal_ignoring_case(text, word); });
}

/// Without a sign of percent or of a currency before or after it.
std::string_view without_unit(std::string_view text) {
  constexpr std::array<std::string_view, 5> signs = {"%", "$", "\xe2\x82\xac", "\xc2\xa3",
                                                     "\xc2\xa5"};  // euro, pound, yen
  for (const std::string_view sign : signs) {
    if (text.size() <= sign.size()) continue;
    if (text.ends_with(sign)) return trimmed(text.substr(0, text.size() - sign.size()));
    if (sign != "%" && text.starts_with(sign)) return trimmed(text.substr(sign.size()));
  }
  return text;
}

/// What stands between the thousands of a number, such as the commas of 1,234,567.8; empty if it is no such number.
std::string_view grouping_of(std::string_view text) {
  constexpr std::array<std::string_view, 6> marks = {",", ".", " ", "'", "\xc2\xa0", "\xe2\x80\xaf"};
  const auto digits_at = [](std::string_view rest) {
    return std::min(rest.find_first_not_of("0123456789"), rest.size());
  };
  for (const std::string_view mark : marks) {
    std::string_view rest = text;
    if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
    const std::size_t first = digits_at(rest);
    if (first < 1 || first > 3) continue;
    rest.remove_prefix(first);
    std::size_t groups = 0;
    while (rest.starts_with(mark) && digits_at(rest.substr(mark.size())) == 3) {
      rest.remove_prefix(mark.size() + 3);
      ++groups;
    }
    const bool has_decimals = !rest.empty() && (rest[0] == '.' || rest[0] == ',') && rest.substr(0, 1) != mark;
    if (has_decimals) rest.remove_prefix(1 + digits_at(rest.substr(1)));
    if (groups > 0 && rest.empty()) return mark;
  }
  return {};
}

}  // namespace

void fail_at(const std::string& source, Index line, Index column, std::string_view problem) {
  fail(fmt::format("{}:{}:{}", source, line, column), problem);
}

std::string shown(std::string_view text) {
  std::string result = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    const auto byte = static_cast<unsigned char>(text[at]);
    if (at + std::max<std::size_t>(length, 1) > longest_shown) {
      result += "...";
      break;
    }
    if (length == 0 || byte < 0x20 || byte == 0x7F) {
      result += fmt::format("\\x{:02x}", byte);
      ++at;
    } else {
      result += text.substr(at, length);
      at += length;
    }
  }
  return result + "\"";
}

std::string shown_list(const std::vector<std::string>& texts) {
  std::string result;
  for (std::size_t i = 0; i < std::min(texts.size(), most_listed); ++i) {
    if (i > 0) result += ", ";
    result += shown(texts[i]);
  }
  if (texts.size() > most_listed) result += fmt::format(" and {} more", texts.size() - most_listed);
  return result;
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    if (length == 0 || text[at] == '\0') return false;
    at += length;
  }
  return true;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view no_break_space = "\xc2\xa0";
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  for (;;) {
    if (!text.empty() && is_blank(text.front())) {
      text.remove_prefix(1);
    } else if (!text.empty() && is_blank(text.back())) {
      text.remove_suffix(1);
    } else if (text.starts_with(no_break_space)) {
      text.remove_prefix(no_break_space.size());
    } else if (text.ends_with(no_break_space)) {
      text.remove_suffix(no_break_space.size());
    } else {
      return text;
    }
  }
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r") == std::string_view::npos; }

Number read_number(std::string_view text, char decimal) {
  using enum Number::Kind;
  if (means_missing(text)) return {missing, 0.0};
  const bool plus = text.front() == '+';
  const std::string_view digits = text.substr(plus ? 1 : 0);
  if (digits.empty() || (plus && digits.front() == '-')) return {not_a_number, 0.0};
  double value = 0.0;
  const auto [stop, status] =
      fast_float::from_chars_advanced(digits.data(), digits.data() + digits.size(), value, number_format(decimal));
  if (status == std::errc::invalid_argument || stop != digits.data() + digits.size()) return {not_a_number, 0.0};
  if (std::isnan(value)) return {missing, value};
  if (std::isfinite(value)) return {finite, value};
  // "inf" and "infinity" are spelled with letters, an overflow with digits.
  const bool spelled = digits.find_first_of("0123456789") == std::string_view::npos;
  return {spelled ? infinite : too_large, value};
}

bool is_missing_mark(std::string_view text) { return text == "-" || text == "--" || text == "."; }

bool is_misspelled_number(std::string_view text) {
  const bool quoted = text.size() > 2 && text.front() == '\'' && text.back() == '\'';
  const std::string_view inner = quoted ? text.substr(1, text.size() - 2) : text;
  const std::string_view unsigned_part = inner.starts_with(minus_sign) ? inner.substr(minus_sign.size()) : inner;
  const std::string_view digits = without_unit(unsigned_part);
  const auto is_finite = [&](char decimal) { return read_number(digits, decimal).kind == Number::Kind::finite; };
  return is_finite(',') || !grouping_of(digits).empty() || (digits.size() < text.size() && is_finite('.'));
}

std::string explain(const Number& number, std::string_view text, std::string_view remedy) {
  constexpr std::string_view finite = "every feature must be a finite number";
  switch (number.kind) {
    case Number::Kind::missing:
      if (text.empty()) return fmt::format("the cell is empty; {}", remedy);
      if (std::isnan(number.value)) return fmt::format("the value is NaN; {}", remedy);
      return fmt::format("{} is a missing value; {}", shown(text), remedy);
    case Number::Kind::infinite: return fmt::format("{} is not finite; {}", shown(text), finite);
    case Number::Kind::too_large: return fmt::format("{} is too large for a 64-bit number; {}", shown(text), finite);
    default: break;
  }
  if (!is_misspelled_number(text)) {
    return fmt::format("{} is not a number; every feature cell must be a decimal number", shown(text));
  }
  if (text.find(minus_sign) != std::string_view::npos) {
    return fmt::format("{} has the minus sign of typesetting (U+2212); write the hyphen \"-\"", shown(text));
  }
  if (text.front() == '\'') {
    return fmt::format("{} is in single quotes; write numbers without quotes, or in double ones", shown(text));
  }
  const std::string_view digits = without_unit(text);
  if (digits.size() < text.size()) {
    return fmt::format("{} is a number with a sign of its unit; write the number alone", shown(text));
  }
  if (const std::string_view mark = grouping_of(digits); !mark.empty()) {
    const bool may_be_decimal = mark == "," && read_number(digits, ',').kind == Number::Kind::finite;
    return fmt::format("{} has \"{}\" between groups of digits; remove it{}", shown(text), mark,
                       may_be_decimal ? ", or give `decimal=,` if it is a decimal comma" : "");
  }
  return fmt::format("{} is not a number with a decimal point; if commas are decimal commas, give `decimal=,`",
                     shown(text));
}

bool is_missing_label(std::string_view text) { return text.empty() || text == "?" || equal_ignoring_case(text, "nan"); }

std::string explain_missing_label(std::string_view text) {
  return fmt::format("is {}; give every row a label, or leave such rows out with `missing=drop`",
                     text.empty() ? "empty" : "missing (" + shown(text) + ")");
}

std::string canonical_label(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  std::string_view digits = text;
  if (!text.empty() && (text.front() == '+' || negative)) digits.remove_prefix(1);
  if (!digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos) {
    // Text to text: whole numbers of any size stay exact.
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
    return fmt::format("{}{}", negative && digits != "0" ? "-" : "", digits);
  }
  const Number number = read_number(text);
  constexpr double exact = 9007199254740992.0;  // 2^53: beyond, decimals are lost anyway
  if (number.kind == Number::Kind::finite && std::abs(number.value) < exact &&
      std::trunc(number.value) == number.value) {
    return fmt::format("{}", static_cast<std::int64_t>(number.value));
  }
  return std::string(text);
}

LineReader::LineReader(ByteSource& source, char line_end, std::size_t window)
    : source_(source), line_end_(line_end), window_(window) {
  const std::string_view start = source_.peek(3);
  if (start.starts_with("\xff\xfe") || start.starts_with("\xfe\xff")) {
    fail(source_.name(), "is UTF-16 text; save it as UTF-8");
  }
  if (start == "\xef\xbb\xbf") {
    char mark[3];
    source_.read(mark, sizeof mark);
  }
}

bool LineReader::next(std::string_view& line) {
  number_ += lines_taken_;
  lines_taken_ = 1;
  begin_ = next_;
  if (!take_line()) return false;
  line = current();
  return true;
}

bool LineReader::extend(std::string_view& line) {
  const bool found = take_line();
  if (found) ++lines_taken_;
  line = current();
  return found;
}

std::string_view LineReader::lines_in_memory() const {
  const std::string_view text(window_.data() + begin_, filled_ - begin_);
  const std::size_t last = text.rfind(line_end_);
  return text.substr(0, last == std::string_view::npos ? end_ - begin_ : last + 1);
}

bool LineReader::take_line() {
  std::size_t searched = next_;
  for (;;) {
    const std::size_t end = std::string_view(window_.data(), filled_).find(line_end_, searched);
    if (end != std::string_view::npos) {
      end_ = end;
      next_ = end + 1;
      return true;
    }
    searched = filled_ - begin_;  // after the move
    if (refill()) continue;
    if (next_ == filled_) return false;
    end_ = next_ = filled_;  // the last line may have no end
    return true;
  }
}

bool LineReader::refill() {
  std::copy(window_.begin() + static_cast<std::ptrdiff_t>(begin_),
            window_.begin() + static_cast<std::ptrdiff_t>(filled_), window_.begin());
  filled_ -= begin_;
  end_ -= begin_;
  next_ -= begin_;
  begin_ = 0;
  if (filled_ == window_.size()) window_.resize(2 * window_.size());
  const std::size_t got = source_.read(window_.data() + filled_, window_.size() - filled_);
  filled_ += got;
  return got > 0;
}

std::string_view LineReader::current() const {
  std::string_view line(window_.data() + begin_, end_ - begin_);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace holdfast::io
