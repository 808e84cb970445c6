#include "holdfast/core/error.hpp"

#include <utility>

namespace holdfast {

std::string spell_options(std::string_view text, const OptionSpeller& spell) {
  std::string result;
  while (true) {
    const std::size_t open = text.find('`');
    const std::size_t close = open == std::string_view::npos ? open : text.find('`', open + 1);
    if (close == std::string_view::npos) return result.append(text);
    const std::string_view reference = text.substr(open + 1, close - open - 1);
    const std::size_t equals = reference.find('=');
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : reference.substr(equals + 1);
    const std::string spelled = spell(reference.substr(0, equals), value);
    result.append(text.substr(0, open)).append(spelled.empty() ? text.substr(open, close - open + 1) : spelled);
    text.remove_prefix(close + 1);
  }
}

std::string message_of(const Fault& fault, const OptionSpeller& spell) {
  const auto spelled = [&](std::string_view text) { return spell ? spell_options(text, spell) : std::string(text); };
  std::string line = fault.place;
  if (!fault.field.empty()) {
    const std::string name = spell ? spell(fault.field, {}) : std::string();
    line += (line.empty() ? "" : ": ") + (name.empty() ? fault.field : name);
    if (!fault.value.empty()) line += " " + fault.value;
  }
  if (!fault.rule.empty()) line += (line.empty() ? "" : ": ") + spelled(fault.rule);
  if (!fault.remedy.empty()) line += "; " + spelled(fault.remedy);
  return line;
}

InputError::InputError(Fault fault) : std::runtime_error(message_of(fault)), fault_(std::move(fault)) {}

InputError::InputError(const std::string& rule) : InputError(Fault{.rule = rule}) {}

}  // namespace holdfast
