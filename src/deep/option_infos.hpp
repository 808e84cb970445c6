// Forms of option descriptors that only networks have.
#pragma once

#include <utility>

#include "holdfast/core/option_table.hpp"

namespace holdfast::deep {

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
