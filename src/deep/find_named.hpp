// Entries of registries by their names.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/error.hpp"

namespace holdfast::deep {

/// The names of the entries; `name_of` gives the name of one: a member or a function.
template <class Entry, class NameOf>
[[nodiscard]] std::vector<std::string> names_of(std::span<const Entry> all, NameOf name_of) {
  std::vector<std::string> names;
  for (const Entry& entry : all) names.emplace_back(std::invoke(name_of, entry));
  return names;
}

/// The entry of that name. Throws InputError that names the option and lists the names.
template <class Entry, class NameOf>
[[nodiscard]] const Entry& find_named(std::span<const Entry> all, NameOf name_of, std::string_view name,
                                      const char* option) {
  for (const Entry& entry : all) {
    if (std::invoke(name_of, entry) == name) return entry;
  }
  throw InputError(Fault{.field = option,
                         .value = fmt::format("\"{}\"", name),
                         .rule = fmt::format("must be one of {}", fmt::join(names_of(all, name_of), ", "))});
}

}  // namespace holdfast::deep
