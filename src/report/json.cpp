#include "holdfast/report/json.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace holdfast::report {
namespace {

using nlohmann::ordered_json;

constexpr int deepest = 64;  // levels of text from outside, which must not exhaust the stack

ordered_json json_of(const Value& value);

ordered_json json_of(const Record& record) {
  ordered_json object = ordered_json::object();
  for (const Field& field : record.fields()) object[field.name] = json_of(field.value);
  return object;
}

ordered_json json_of(const Value& value) {
  return std::visit(
      [](const auto& held) -> ordered_json {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::monostate>) {
          return nullptr;
        } else if constexpr (std::is_same_v<Held, Record>) {
          return json_of(held);
        } else if constexpr (std::is_same_v<Held, Value::List>) {
          ordered_json list = ordered_json::array();
          for (const Value& item : held) list.push_back(json_of(item));
          return list;
        } else {
          return held;
        }
      },
      value.variant());
}

Value value_of(const ordered_json& json, int level) {
  if (level > deepest) throw std::invalid_argument("nested too deeply");
  switch (json.type()) {
    case ordered_json::value_t::object: {
      Record record;
      for (const auto& [name, value] : json.items()) record.add(name, value_of(value, level + 1));
      return record;
    }
    case ordered_json::value_t::array: {
      Value::List list;
      for (const ordered_json& item : json) list.push_back(value_of(item, level + 1));
      return list;
    }
    case ordered_json::value_t::boolean: return json.get<bool>();
    case ordered_json::value_t::number_integer: return json.get<Index>();
    case ordered_json::value_t::number_unsigned: {
      const auto number = json.get<std::uint64_t>();
      return number >> 63U == 0 ? Value(static_cast<Index>(number)) : Value(number);
    }
    case ordered_json::value_t::number_float: return json.get<double>();
    case ordered_json::value_t::string: return json.get_ref<const std::string&>();
    default: return {};
  }
}

}  // namespace

std::string to_json(const Record& record, int indent) { return json_of(record).dump(indent); }

Record from_json(std::string_view text) {
  const ordered_json json = ordered_json::parse(text, nullptr, false);
  if (!json.is_object()) throw std::invalid_argument("is no JSON object");
  return value_of(json, 0).as<Record>();
}

}  // namespace holdfast::report
