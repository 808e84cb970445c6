#include "holdfast/core/parse.hpp"

#include <fast_float/fast_float.h>
#include <fmt/ranges.h>

namespace holdfast {

std::optional<double> parse_real(std::string_view text) {
  double value = 0.0;
  const char* const end = text.data() + text.size();
  const auto [stop, status] = fast_float::from_chars(text.data(), end, value);
  return status == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

std::vector<std::string> split_list(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t stop = text.find(separator);
    std::string_view part = text.substr(0, stop);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    parts.emplace_back(part);
    if (stop == std::string_view::npos) return parts;
    text.remove_prefix(stop + 1);
  }
}

std::string join_list(std::span<const std::string_view> parts, std::string_view word) {
  if (parts.size() < 2) return parts.empty() ? std::string() : std::string(parts.front());
  return fmt::format("{} {} {}", fmt::join(parts.first(parts.size() - 1), ", "), word, parts.back());
}

}  // namespace holdfast
