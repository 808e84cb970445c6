// User errors as data: place, field, value, rule and remedy.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace holdfast {

/// One error of the user's input. The texts refer to options by the library's names in backticks: "raise
/// `max-iterations`", "set `perturbation=auto`". Each front end spells them in its own syntax (`spell_options`).
struct Fault {
  std::string place = {};  ///< file, file:line:column, or the name of a data set; empty if `field` is enough
  std::string field =
      {};  ///< library name of the option or argument, such as "max-iterations"; empty if the error concerns no option
  std::string value =
      {};  ///< the value given, as a text (texts in double quotes); empty if the rule does not depend on it
  std::string rule = {};    ///< the rule that is broken, such as "must be odd"
  std::string remedy = {};  ///< the next step for the user; empty if the rule implies it
};

/// Spells one option in the syntax of a front end. `value` is empty if the text names the option alone. An empty result
/// leaves the reference as it stands.
using OptionSpeller = std::function<std::string(std::string_view name, std::string_view value)>;

/// Replaces every `name` and `name=value` in backticks by its spelling.
[[nodiscard]] std::string spell_options(std::string_view text, const OptionSpeller& spell);

/// The fault as one line, "place: field value: rule; remedy", with options spelled by `spell`; without it by their
/// library names.
[[nodiscard]] std::string message_of(const Fault& fault, const OptionSpeller& spell = {});

/// The user's input is wrong. Broken invariants are assertions or std::logic_error, never an InputError. `what()` is
/// the message in the library's own names; a front end renders `fault()` in its own words.
class InputError : public std::runtime_error {
 public:
  explicit InputError(Fault fault);
  /// A whole sentence that concerns no single option.
  explicit InputError(const std::string& rule);

  [[nodiscard]] const Fault& fault() const noexcept { return fault_; }

 private:
  Fault fault_;
};

}  // namespace holdfast
