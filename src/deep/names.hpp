// Tables of names, as the command line has them.
#pragma once

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "holdfast/core/error.hpp"

namespace holdfast::deep {

template <typename Value, std::size_t Count>
using Names = std::array<std::pair<std::string_view, Value>, Count>;

template <typename Value, std::size_t Count>
[[nodiscard]] std::string_view name_in(const Names<Value, Count>& names, Value value) {
  for (const auto& [name, known] : names) {
    if (known == value) return name;
  }
  return {};
}

/// The value of that name; throws InputError that names the option and lists what it takes.
template <typename Value, std::size_t Count>
[[nodiscard]] Value value_in(const Names<Value, Count>& names, std::string_view text, std::string_view option) {
  std::string list;
  for (const auto& [name, value] : names) {
    if (name == text) return value;
    list += fmt::format("{}{}", list.empty() ? "" : ", ", name);
  }
  throw InputError(fmt::format("--{} \"{}\": must be one of {}", option, text, list));
}

}  // namespace holdfast::deep
