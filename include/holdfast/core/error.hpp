// Errors that a user can mend. Broken invariants are assertions or std::logic_error, never an InputError.
#pragma once

#include <stdexcept>
#include <string>

namespace holdfast {

/// The user's input is wrong. The message is one line that says where (file, line, column or option), what is wrong,
/// and what would be right.
class InputError : public std::runtime_error {
 public:
  explicit InputError(const std::string& message) : std::runtime_error(message) {}
};

}  // namespace holdfast
