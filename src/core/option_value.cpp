#include "holdfast/core/option_value.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast {
namespace {

std::string text_of(const Derivable& number) {
  if (number.value) return fmt::format("{}", *number.value);
  return number.factor == 1.0 ? "auto" : fmt::format("auto*{}", number.factor);
}

}  // namespace

OptionKind kind_of(const OptionValue& value) {
  return static_cast<OptionKind>(value.index());
}

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

}  // namespace holdfast
