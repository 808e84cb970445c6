#include "holdfast/report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace holdfast::report {
namespace {

std::string formatted(const auto& value, const std::string& format) {
  return fmt::format(fmt::runtime("{:" + format + "}"), value);
}

/// Whether the value is a record, or a list of nothing but records.
bool is_nested(const Value& value) {
  const auto is_record = [](const Value& item) { return std::holds_alternative<Record>(item.variant()); };
  const auto* list = std::get_if<Value::List>(&value.variant());
  return list == nullptr ? is_record(value) : std::all_of(list->begin(), list->end(), is_record);
}

/// The texts of a record, or of a list of them.
std::string nested_text(const Value& value) {
  if (const auto* record = std::get_if<Record>(&value.variant())) return to_text(*record);
  std::string text;
  for (const Value& item : std::get<Value::List>(value.variant())) text += nested_text(item);
  return text;
}

std::string headline(const Record& record) {
  std::string line = record.title();
  const char* separator = ": ";
  for (const Field& field : record.fields()) {
    if (field.style.label.empty()) continue;
    line += separator + field.style.label + " " + to_text(field.value, field.style);
    separator = ", ";
  }
  return line + "\n";
}

/// The line with each `{name}` replaced by the value of that field. Braces around anything else stay.
std::string filled(const Record& record, std::string_view line) {
  std::string text;
  while (true) {
    const std::size_t open = line.find('{');
    const std::size_t close = open == std::string_view::npos ? open : line.find('}', open);
    if (close == std::string_view::npos) return text.append(line) + "\n";
    const Field* field = record.find(line.substr(open + 1, close - open - 1));
    if (field != nullptr && open == 0 && close + 1 == line.size() && is_nested(field->value)) {
      return nested_text(field->value);
    }
    text.append(line.substr(0, open));
    text += field != nullptr ? to_text(field->value, field->style) : std::string(line.substr(open, close - open + 1));
    line.remove_prefix(close + 1);
  }
}

}  // namespace

std::string to_text(const Record& record) {
  std::string text = record.title().empty() ? std::string() : headline(record);
  for (const std::string& line : record.lines()) text += filled(record, line);
  return text;
}

std::string to_text(const Value& value, const Style& style) {
  std::string text = std::visit(
      [&](const auto& held) -> std::string {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::monostate>) {
          return "n/a";
        } else if constexpr (std::is_same_v<Held, bool>) {
          return held ? "yes" : "no";
        } else if constexpr (std::is_same_v<Held, Record>) {
          return to_text(held);
        } else if constexpr (std::is_same_v<Held, Value::List>) {
          std::string list;
          for (const Value& item : held) list += (list.empty() ? "" : ", ") + to_text(item, {.format = style.format});
          return list;
        } else if constexpr (std::is_same_v<Held, double>) {
          return style.format == figure_format ? figure(held) : formatted(held, style.format);
        } else {
          return formatted(held, style.format);
        }
      },
      value.variant());
  return style.unit.empty() || value.is_nothing() ? text : text + " " + style.unit;
}

std::string figure(double value) {
  if (!std::isfinite(value)) return fmt::format("{}", value);
  const double size = std::abs(value);
  return size == 0.0 || (size >= 1e-3 && size < 1e5) ? fmt::format("{:.4f}", value) : fmt::format("{:.4g}", value);
}

}  // namespace holdfast::report
