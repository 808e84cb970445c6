// What an error tells the user.
#pragma once

#include <string>

#include "holdfast/core/error.hpp"

namespace holdfast::reference {

/// The message of the InputError that `call` throws, or "no error".
[[nodiscard]] std::string message_of(const auto& call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace holdfast::reference
