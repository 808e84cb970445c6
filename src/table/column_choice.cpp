#include "holdfast/table/column_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"

namespace holdfast::table {
namespace {

/// The first and last position, counted from 1, of "#3" or "#2-5".
std::optional<std::pair<std::size_t, std::size_t>> positions(std::string_view part) {
  if (!part.starts_with('#')) return std::nullopt;
  part.remove_prefix(1);
  const std::size_t dash = part.find('-');
  const auto first = parse_whole<std::size_t>(part.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_whole<std::size_t>(part.substr(dash + 1));
  if (!first || !last) return std::nullopt;
  return std::pair{*first, *last};
}

std::string names_listed(const std::vector<std::string>& names) {
  constexpr std::size_t most = 20;
  std::string list;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) {
    list += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", names[i]);
  }
  return names.size() > most ? fmt::format("{} and {} more", list, names.size() - most) : list;
}

}  // namespace

std::vector<std::size_t> choose_columns(std::string_view text, const std::vector<std::string>& names,
                                        std::string_view option) {
  std::set<std::size_t> chosen;
  if (text.empty()) return {};
  for (const std::string& part : split_list(text)) {
    std::size_t count = 0;
    const bool exact = std::ranges::find(names, part) != names.end();
    const auto range = exact ? std::nullopt : positions(part);
    const bool prefix = !exact && !range && part.ends_with('*');
    for (std::size_t i = 0; i < names.size(); ++i) {
      const bool fits = range    ? i + 1 >= range->first && i + 1 <= range->second
                        : prefix ? names[i].starts_with(std::string_view(part).substr(0, part.size() - 1))
                                 : exact && names[i] == part;
      if (!fits) continue;
      chosen.insert(i);
      ++count;
    }
    const bool beyond = range && (range->first < 1 || range->second > names.size() || range->first > range->second);
    if (count > 0 && !beyond) continue;
    const bool named = std::ranges::any_of(names, [](const std::string& name) { return !name.empty(); });
    throw InputError(
        Fault{.field = std::string(option),
              .value = fmt::format("\"{}\"", part),
              .rule = fmt::format("the table has {} column{}, and none is meant by that", names.size(),
                                  names.size() == 1 ? "" : "s"),
              .remedy = named ? fmt::format("choose from {}, or give positions such as #1 or #2-5", names_listed(names))
                              : "the columns have no names; give positions such as #1 or #2-5"});
  }
  return {chosen.begin(), chosen.end()};
}

}  // namespace holdfast::table
