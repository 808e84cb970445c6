#include "io/text.hpp"

#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "holdfast/core/error.hpp"

namespace holdfast::io {
namespace {

constexpr std::size_t longest_shown = 40;
constexpr std::size_t most_listed = 20;

/// The length of the UTF-8 character that begins at `at`, or 0 where the bytes there are none.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80U) return 1;
  if (first >= 0xC2U && first <= 0xDFU) return follows(1) ? 2 : 0;
  if (first >= 0xE0U && first <= 0xEFU) {
    if (!follows(1) || !follows(2)) return 0;
    if (first == 0xE0U && byte(1) < 0xA0U) return 0;  // longer than needed
    if (first == 0xEDU && byte(1) > 0x9FU) return 0;  // a surrogate
    return 3;
  }
  if (first >= 0xF0U && first <= 0xF4U) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if (first == 0xF0U && byte(1) < 0x90U) return 0;
    if (first == 0xF4U && byte(1) > 0x8FU) return 0;  // beyond U+10FFFF
    return 4;
  }
  return 0;
}

bool equal_ignoring_case(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
         });
}

bool means_missing(std::string_view text) {
  constexpr std::array<std::string_view, 6> words = {"", "?", "na", "n/a", "null", "none"};
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return equal_ignoring_case(text, word); });
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
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

Number read_number(std::string_view text) {
  using enum Number::Kind;
  if (means_missing(text)) return {missing, 0.0};
  const bool plus = text.front() == '+';
  const std::string_view digits = text.substr(plus ? 1 : 0);
  if (digits.empty() || (plus && digits.front() == '-')) return {not_a_number, 0.0};
  double value = 0.0;
  const auto [stop, status] = fast_float::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (status == std::errc::invalid_argument || stop != digits.data() + digits.size()) return {not_a_number, 0.0};
  if (std::isnan(value)) return {missing, value};
  if (std::isfinite(value)) return {finite, value};
  // "inf" and "infinity" are spelled with letters, an overflow with digits.
  const bool spelled = digits.find_first_of("0123456789") == std::string_view::npos;
  return {spelled ? infinite : too_large, value};
}

std::string explain(const Number& number, std::string_view text) {
  constexpr std::string_view fill = "rows with missing values must be filled in or removed first";
  constexpr std::string_view finite = "every feature must be a finite number";
  switch (number.kind) {
    case Number::Kind::missing:
      if (text.empty()) return fmt::format("the cell is empty; {}", fill);
      if (std::isnan(number.value)) return fmt::format("the value is NaN; {}", fill);
      return fmt::format("{} is a missing value; {}", shown(text), fill);
    case Number::Kind::infinite:
      return fmt::format("{} is not finite; {}", shown(text), finite);
    case Number::Kind::too_large:
      return fmt::format("{} is too large for a 64-bit number; {}", shown(text), finite);
    default:
      return fmt::format("{} is not a number; every feature cell must be a decimal number", shown(text));
  }
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

LineReader::LineReader(ByteSource& source) : source_(source), window_(std::size_t{1} << 20) {
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
  number_ += lines_taken_ == 0 ? 1 : lines_taken_;
  lines_taken_ = 1;
  line_begin_ = next_;
  if (!find_line_end(line_begin_)) return false;
  line = current();
  return true;
}

bool LineReader::extend(std::string_view& line) {
  const std::size_t offset = next_ - line_begin_;  // refilling moves the line to the front of the window
  const bool found = find_line_end(line_begin_ + offset);
  line = current();
  if (found) ++lines_taken_;
  return found;
}

/// Sets line_end_ and next_ by the first line end at or after `from`. False, and both unchanged, at the end of the
/// file.
bool LineReader::find_line_end(std::size_t from) {
  std::size_t ahead = from - line_begin_;  // relative to line_begin_, which refilling moves
  const std::size_t first = ahead;
  for (;;) {
    const std::size_t begin = line_begin_ + ahead;
    const void* found = begin < filled_ ? std::memchr(window_.data() + begin, '\n', filled_ - begin) : nullptr;
    if (found != nullptr) {
      line_end_ = static_cast<std::size_t>(static_cast<const char*>(found) - window_.data());
      next_ = line_end_ + 1;
      return true;
    }
    ahead = std::max(ahead, filled_ - line_begin_);
    if (!refill()) break;
  }
  if (ahead == first) return false;  // nothing after the last line end
  line_end_ = filled_;
  next_ = filled_;
  return true;
}

bool LineReader::refill() {
  if (line_begin_ > 0) {
    std::memmove(window_.data(), window_.data() + line_begin_, filled_ - line_begin_);
    filled_ -= line_begin_;
    line_end_ -= std::min(line_end_, line_begin_);
    next_ -= line_begin_;
    line_begin_ = 0;
  }
  if (filled_ == window_.size()) window_.resize(2 * window_.size());
  const std::size_t got = source_.read(window_.data() + filled_, window_.size() - filled_);
  filled_ += got;
  return got > 0;
}

std::string_view LineReader::current() const {
  std::string_view line(window_.data() + line_begin_, line_end_ - line_begin_);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace holdfast::io
