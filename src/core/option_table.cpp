#include "holdfast/core/option_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"

namespace holdfast {
namespace {

std::string text_of(const Derivable& number) {
  if (number.value) return fmt::format("{}", *number.value);
  return number.factor ? fmt::format("auto*{}", *number.factor) : "auto";
}

[[noreturn]] void refuse(const OptionInfo& info, const OptionValue& value, std::string rule) {
  throw InputError(Fault{.field = info.name, .value = fmt::format("\"{}\"", text_of(value)), .rule = std::move(rule)});
}

/// "auto", "auto*0.1" or a number.
std::optional<Derivable> derivable_in(std::string_view text) {
  if (text == "auto") return Derivable();
  const bool multiple = text.starts_with("auto*");
  const std::optional<double> value = parse_real(multiple ? text.substr(5) : text);
  if (!value) return std::nullopt;
  return multiple ? Derivable::times(*value) : Derivable(*value);
}

/// "off", or one number per part with commas between; parts left out at the end are derived. Nothing for another text.
std::optional<Derivables> derivables_in(std::string_view text, std::size_t parts) {
  Derivables numbers;
  if (text == "off") return numbers;
  for (const std::string& part : split_list(text)) {
    const std::optional<Derivable> number = derivable_in(part);
    if (!number || numbers.size() == parts) return std::nullopt;
    numbers.push_back(*number);
  }
  numbers.resize(parts);
  return numbers;
}

void require_within(const OptionBound& bound, const std::string& name, double value, const std::string& text,
                    std::string_view subject = "") {
  if (!bound.allows || bound.allows(value)) return;
  throw InputError(Fault{.field = name, .value = text, .rule = fmt::format("{}{}", subject, bound.rule)});
}

std::string list_of(const std::vector<std::string>& choices) {
  if (choices.size() == 2) return fmt::format("{} or {}", choices.front(), choices.back());
  return fmt::format("one of {}", fmt::join(choices, ", "));
}

}  // namespace

OptionKind kind_of(const OptionValue& value) { return static_cast<OptionKind>(value.index()); }

std::string text_of(const OptionValue& value) {
  struct {
    std::string operator()(bool flag) const { return flag ? "yes" : "no"; }
    std::string operator()(Index number) const { return fmt::format("{}", number); }
    std::string operator()(double number) const { return fmt::format("{}", number); }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const Derivables& numbers) const {
      std::string list;
      for (const Derivable& number : numbers) list.append(list.empty() ? "" : ",").append(text_of(number));
      return list.empty() ? "off" : list;
    }
  } text;
  return std::visit(text, value);
}

OptionSet::OptionSet(std::initializer_list<Entry> entries) {
  for (const Entry& entry : entries) set(entry.first, entry.second);
}

void OptionSet::set(std::string_view name, OptionValue value) {
  const auto at = std::ranges::find(entries_, name, &Entry::first);
  if (at != entries_.end())
    at->second = std::move(value);
  else
    entries_.emplace_back(name, std::move(value));
}

void OptionSet::erase(std::string_view name) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.first == name; });
}

const OptionValue* OptionSet::find(std::string_view name) const& {
  const auto at = std::ranges::find(entries_, name, &Entry::first);
  return at == entries_.end() ? nullptr : &at->second;
}

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
  return search || std::ranges::any_of(parts, [](const OptionPart& part) { return part.search.has_value(); });
}

OptionInfo number(std::string name, std::string help, OptionBound bound, std::optional<SearchRange> search) {
  return {.name = std::move(name),
          .placeholder = "X",
          .help = std::move(help),
          .bound = std::move(bound),
          .search = search};
}

OptionInfo count(std::string name, std::string help, OptionBound bound, std::optional<SearchRange> search) {
  OptionInfo info = number(std::move(name), std::move(help), std::move(bound), search);
  info.placeholder = "N";
  return info;
}

OptionInfo word(std::string name, std::string help, std::string placeholder) {
  return {.name = std::move(name), .placeholder = std::move(placeholder), .help = std::move(help)};
}

OptionInfo flag(std::string name, std::string help) {
  return {.name = std::move(name), .help = std::move(help), .kind = OptionKind::flag};
}

OptionValue parse_option(const OptionInfo& info, std::string_view text) {
  OptionValue value = std::string(text);  // of no kind but text; `of_kind` refuses it for the others
  if (info.kind == OptionKind::flag && (text == "yes" || text == "no")) value = text == "yes";
  if (info.kind == OptionKind::whole_number) {
    if (const auto number = parse_whole<Index>(text)) value = *number;
  }
  if (info.kind == OptionKind::number) {
    if (const auto number = parse_real(text)) value = *number;
  }
  if (info.kind == OptionKind::derivables) {
    if (auto numbers = derivables_in(text, info.parts.size())) value = *std::move(numbers);
  }
  return of_kind(info, std::move(value));
}

OptionValue of_kind(const OptionInfo& info, OptionValue value) {
  if (info.kind == OptionKind::number && kind_of(value) == OptionKind::whole_number) {
    value = static_cast<double>(std::get<Index>(value));
  }
  const auto* numbers = std::get_if<Derivables>(&value);
  if (kind_of(value) != info.kind || (numbers && !numbers->empty() && numbers->size() != info.parts.size())) {
    static constexpr const char* rules[] = {"must be yes or no", "must be a whole number", "must be a number",
                                            "must be a text"};
    refuse(info, value, info.kind == OptionKind::derivables ? info.form : rules[static_cast<int>(info.kind)]);
  }
  if (!info.choices.empty() && std::ranges::find(info.choices, std::get<std::string>(value)) == info.choices.end()) {
    refuse(info, value, "must be " + list_of(info.choices));
  }
  return value;
}

void require_valid(const OptionInfo& info, const OptionValue& value) {
  const OptionValue own = of_kind(info, value);
  if (const auto* whole = std::get_if<Index>(&own)) {
    require_within(info.bound, info.name, static_cast<double>(*whole), text_of(own));
  } else if (const auto* number = std::get_if<double>(&own)) {
    require_within(info.bound, info.name, *number, text_of(own));
  } else if (const auto* numbers = std::get_if<Derivables>(&own)) {
    for (std::size_t i = 0; i < numbers->size(); ++i) {
      const Derivable& part_value = (*numbers)[i];
      const OptionPart& part = info.parts[i];
      require_within(part.bound, fmt::format("{}_{}", info.name, part.name),
                     part_value.value.value_or(part_value.factor.value_or(1.0)), text_of(part_value),
                     part_value.value ? "" : "the factor ");
    }
  }
}

const OptionInfo* OptionList::find(std::string_view name) const& {
  const auto at = std::ranges::find(infos_, name, &OptionInfo::name);
  return at == infos_.end() ? nullptr : &*at;
}

}  // namespace holdfast
