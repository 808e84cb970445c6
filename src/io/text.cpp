#include "io/text.hpp"

#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace holdfast::io {
namespace {

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

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r") == std::string_view::npos; }

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
    case Number::Kind::infinite: return fmt::format("{} is not finite; {}", shown(text), finite);
    case Number::Kind::too_large: return fmt::format("{} is too large for a 64-bit number; {}", shown(text), finite);
    default: return fmt::format("{} is not a number; every feature cell must be a decimal number", shown(text));
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
  number_ += lines_taken_;
  lines_taken_ = 1;
  line_.clear();
  if (!append_line()) return false;
  line = current();
  return true;
}

bool LineReader::extend(std::string_view& line) {
  line_ += '\n';
  const bool found = append_line();
  if (found) {
    ++lines_taken_;
  } else {
    line_.pop_back();
  }
  line = current();
  return found;
}

bool LineReader::append_line() {
  bool found = false;
  for (;;) {
    if (rest_.empty()) rest_ = {window_.data(), source_.read(window_.data(), window_.size())};
    if (rest_.empty()) return found;  // the last line may have no end
    found = true;
    const std::size_t end = rest_.find('\n');
    line_ += rest_.substr(0, end);
    rest_.remove_prefix(std::min(end, rest_.size() - 1) + 1);
    if (end != std::string_view::npos) return true;
  }
}

std::string_view LineReader::current() const {
  std::string_view line = line_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace holdfast::io
