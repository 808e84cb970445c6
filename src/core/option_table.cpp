#include "holdfast/core/option_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"

namespace holdfast {
namespace {

[[noreturn]] void refuse(const OptionInfo& info, std::string_view text, std::string rule) {
  throw InputError(Fault{.field = info.name, .value = fmt::format("\"{}\"", text), .rule = std::move(rule)});
}

/// "auto", "auto*0.1" or a number.
std::optional<Derivable> derivable_in(std::string_view text) {
  if (text == "auto") return Derivable();
  const bool multiple = text.starts_with("auto*");
  const std::optional<double> value = parse_real(multiple ? text.substr(5) : text);
  if (!value) return std::nullopt;
  return multiple ? Derivable::times(*value) : Derivable(*value);
}

/// "off", or one number per part with commas between; parts left out at the end are derived.
Derivables derivables_in(const OptionInfo& info, std::string_view text) {
  if (text == "off") return {};
  Derivables numbers;
  for (std::string_view rest = text;;) {
    const std::size_t comma = rest.find(',');
    const std::optional<Derivable> number = derivable_in(rest.substr(0, comma));
    if (!number || numbers.size() == info.parts.size()) refuse(info, text, info.form);
    numbers.push_back(*number);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  numbers.resize(info.parts.size());
  return numbers;
}

void require_within(const OptionBound& bound, const std::string& name, double value, const std::string& text,
                    std::string_view subject) {
  if (!bound.allows || bound.allows(value)) return;
  throw InputError(Fault{.field = name, .value = text, .rule = fmt::format("{}{}", subject, bound.rule)});
}

std::string list_of(const std::vector<std::string>& choices) {
  if (choices.size() == 2) return fmt::format("{} or {}", choices.front(), choices.back());
  return fmt::format("one of {}", fmt::join(choices, ", "));
}

}  // namespace

OptionBound at_least(double low, std::string rule) {
  return {[low](double value) { return value >= low && std::isfinite(value); },
          rule.empty() ? fmt::format("must be at least {}", low) : std::move(rule)};
}

OptionBound above(double low, std::string rule) {
  return {[low](double value) { return value > low && std::isfinite(value); },
          rule.empty() ? fmt::format("must be a number above {}", low) : std::move(rule)};
}

OptionBound between(double low, double high, std::string rule) {
  return {[low, high](double value) { return value >= low && value <= high; },
          rule.empty() ? fmt::format("must be between {} and {}", low, high) : std::move(rule)};
}

bool OptionInfo::is_searched() const {
  return search || std::any_of(parts.begin(), parts.end(), [](const OptionPart& part) { return part.search; });
}

OptionValue parse_option(const OptionInfo& info, std::string_view text) {
  switch (info.kind) {
    case OptionKind::flag:
      if (text != "yes" && text != "no") refuse(info, text, "must be yes or no");
      return text == "yes";
    case OptionKind::whole_number:
      if (const auto number = parse_whole<Index>(text)) return *number;
      refuse(info, text, "must be a whole number");
    case OptionKind::number:
      if (const auto number = parse_real(text)) return *number;
      refuse(info, text, "must be a number");
    case OptionKind::derivables:
      return derivables_in(info, text);
    case OptionKind::text: {
      OptionValue value = std::string(text);
      require_kind(info, value);
      return value;
    }
  }
  throw std::logic_error("an option without a kind");
}

void require_kind(const OptionInfo& info, const OptionValue& value) {
  const OptionKind kind = kind_of(value);
  if (kind != info.kind && !(kind == OptionKind::whole_number && info.kind == OptionKind::number)) {
    static constexpr const char* rules[] = {"must be yes or no", "must be a whole number", "must be a number",
                                            "must be a text", ""};
    const std::string rule = info.kind == OptionKind::derivables ? info.form : rules[static_cast<int>(info.kind)];
    refuse(info, text_of(value), rule);
  }
  if (const auto* numbers = std::get_if<Derivables>(&value)) {
    if (!numbers->empty() && numbers->size() != info.parts.size()) refuse(info, text_of(value), info.form);
  }
  if (info.choices.empty()) return;
  const auto& text = std::get<std::string>(value);
  if (std::find(info.choices.begin(), info.choices.end(), text) == info.choices.end()) {
    refuse(info, text, "must be " + list_of(info.choices));
  }
}

void require_valid(const OptionInfo& info, const OptionValue& value) {
  require_kind(info, value);
  if (const auto* whole = std::get_if<Index>(&value)) {
    require_within(info.bound, info.name, static_cast<double>(*whole), text_of(value), "");
  } else if (const auto* number = std::get_if<double>(&value)) {
    require_within(info.bound, info.name, *number, text_of(value), "");
  } else if (const auto* numbers = std::get_if<Derivables>(&value)) {
    for (std::size_t i = 0; i < numbers->size(); ++i) {
      const Derivable& part = (*numbers)[i];
      const std::string name = fmt::format("{}_{}", info.name, info.parts[i].name);
      if (part.value) {
        require_within(info.parts[i].bound, name, *part.value, fmt::format("{}", *part.value), "");
      } else {
        require_within(info.parts[i].bound, name, part.factor, fmt::format("auto*{}", part.factor), "the factor ");
      }
    }
  }
}

const OptionInfo* OptionList::find(std::string_view name) const {
  const auto at = std::find_if(infos_.begin(), infos_.end(), [&](const OptionInfo& info) { return info.name == name; });
  return at == infos_.end() ? nullptr : &*at;
}

}  // namespace holdfast
