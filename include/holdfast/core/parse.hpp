// Numbers and lists from texts, independent of the locale. The whole text must be the number: no spaces, nothing after
// it.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// A whole number in decimal digits, such as "12" or "-3" (the latter for signed types). Nothing if the text is not one
/// or does not fit the type.
template <std::integral Whole>
[[nodiscard]] std::optional<Whole> parse_whole(std::string_view text) {
  Whole value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, value);
  return status == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

/// A number in fixed or scientific notation, "inf" and "nan" included. Nothing if the text is not one or is beyond the
/// range of float64.
[[nodiscard]] std::optional<double> parse_real(std::string_view text);

/// The parts between the separators, without the spaces around them; one empty part for an empty text.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text, char separator = ',');

/// The parts as a sentence has them, with the word before the last: "a", "a or b", "a, b or c".
[[nodiscard]] std::string join_list(std::span<const std::string_view> parts, std::string_view word);

}  // namespace holdfast
