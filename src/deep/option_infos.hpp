// Short forms of option descriptors.
#pragma once

#include <string>
#include <utility>

#include "holdfast/core/option_table.hpp"

namespace holdfast::deep {

[[nodiscard]] inline OptionInfo number(std::string name, std::string help, OptionBound bound = {}) {
  return {.name = std::move(name), .placeholder = "X", .help = std::move(help), .bound = std::move(bound)};
}
[[nodiscard]] inline OptionInfo count(std::string name, std::string help, OptionBound bound = at_least(0.0)) {
  return {.name = std::move(name), .placeholder = "N", .help = std::move(help), .bound = std::move(bound)};
}
[[nodiscard]] inline OptionInfo word(std::string name, std::string help, std::string placeholder = "NAME") {
  return {.name = std::move(name), .placeholder = std::move(placeholder), .help = std::move(help)};
}
[[nodiscard]] inline OptionInfo flag(std::string name, std::string help) {
  return {.name = std::move(name), .help = std::move(help), .kind = OptionKind::flag};
}

/// The descriptor of an option that does not shape the result of a training.
[[nodiscard]] inline OptionInfo of_running(OptionInfo info) {
  info.in_fingerprint = false;
  return info;
}

/// A flag that is the negation of a field.
template <class S>
[[nodiscard]] Option<S> negated(OptionInfo info, bool S::*field, typename Option<S>::Condition in_effect = {}) {
  return {std::move(info), [field](const S& s) { return OptionValue(!(s.*field)); },
          [field](S& s, const OptionValue& value) { s.*field = !std::get<bool>(value); }, std::move(in_effect)};
}

}  // namespace holdfast::deep
