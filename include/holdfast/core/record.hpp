// Results and facts as data: named values in order, described once beside their types (`describe`) and rendered by the
// layer `report` as text and JSON, by the Python bindings as dictionaries, and stored in model files.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast {

class Value;
struct Field;

/// How people read a field.
struct Style {
  std::string label = {};   ///< such as "MAP@R"; empty: the field is for programs
  std::string format = {};  ///< format specification of fmt, such as ".4f", or `figure_format`
  std::string unit = {};    ///< such as "dB"
};

/// Four decimals, or scientific notation if four decimals would hide the value.
inline constexpr const char* figure_format = "figure";

/// Named values in order, with an optional title, and sentences about them for people.
class Record {
 public:
  explicit Record(std::string title = {});
  // In the source, where Field is complete.
  Record(const Record& other);
  Record(Record&& other) noexcept;
  Record& operator=(const Record& other);
  Record& operator=(Record&& other) noexcept;
  ~Record();

  /// Adds a field; its name differs from those of the other fields.
  Record& add(std::string name, Value value, Style style = {});
  /// Adds the fields of another record, without its title and lines.
  Record& append(const Record& other);
  /// Adds a line of the text. `{name}` stands for the field of that name, or for the text of its records.
  Record& say(std::string line);

  [[nodiscard]] const std::string& title() const { return title_; }
  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  /// The field of that name; null if there is none.
  [[nodiscard]] const Field* find(std::string_view name) const&;
  void find(std::string_view name) const&& = delete;
  /// The value of that name as a T. Throws std::invalid_argument if the field is missing or of another type.
  template <class T>
  [[nodiscard]] T get(std::string_view name) const;

  bool operator==(const Record& other) const;

 private:
  std::string title_;
  std::vector<Field> fields_;
  std::vector<std::string> lines_;
};

/// Nothing, a truth value, a number, a text, a record, or a list. Made from these types, from optionals and vectors of
/// them, and from vectors of (name, value) pairs, which become records.
class Value {
 public:
  using List = std::vector<Value>;
  using Variant = std::variant<std::monostate, bool, Index, std::uint64_t, double, std::string, Record, List>;

  Value() = default;
  Value(Record record) : value_(std::move(record)) {}
  Value(List list) : value_(std::move(list)) {}
  template <class T>
  requires(std::is_arithmetic_v<T> || std::convertible_to<const T&, std::string_view>) Value(const T& value)
      : value_(stored(value)) {}
  template <class T>
  Value(const std::optional<T>& value) : Value(value ? Value(*value) : Value()) {}
  template <class T>
  Value(const std::vector<T>& values) : value_(List(values.begin(), values.end())) {}
  template <class T>
  Value(const std::vector<std::pair<std::string, T>>& named) : value_(record_of(named)) {}

  [[nodiscard]] const Variant& variant() const { return value_; }
  [[nodiscard]] bool is_nothing() const { return std::holds_alternative<std::monostate>(value_); }
  /// The value as a T: bool, Index, std::uint64_t, double (any number), std::string, Record, or a vector of these or of
  /// (name, T) pairs. Throws std::invalid_argument for another type.
  template <class T>
  [[nodiscard]] T as() const;

  bool operator==(const Value& other) const = default;

 private:
  template <class T>
  static Variant stored(const T& value) {
    if constexpr (std::same_as<T, bool> || std::floating_point<T>) {
      return value;
    } else if constexpr (std::signed_integral<T>) {
      return static_cast<Index>(value);
    } else if constexpr (std::unsigned_integral<T>) {
      return static_cast<std::uint64_t>(value);
    } else {
      return std::string(std::string_view(value));
    }
  }
  template <class T>
  static Record record_of(const std::vector<std::pair<std::string, T>>& named) {
    Record record;
    for (const auto& [name, value] : named) record.add(name, value);
    return record;
  }

  Variant value_;
};

struct Field {
  std::string name;  ///< in JSON, Python and model files, such as "map_at_r"
  Value value;
  Style style = {};

  bool operator==(const Field& other) const { return name == other.name && value == other.value; }
};

/// The records of all items.
template <class Items>
[[nodiscard]] Value::List describe_all(const Items& items) {
  Value::List list;
  for (const auto& item : items) list.emplace_back(describe(item));
  return list;
}

namespace detail {

// Each throws std::invalid_argument if the value is of another type.
template <class T>
void read(const Value& value, T& out) {
  out = std::visit(
      [](const auto& held) -> T {
        using Held = std::decay_t<decltype(held)>;
        constexpr bool is_whole = std::same_as<Held, Index> || std::same_as<Held, std::uint64_t>;
        if constexpr (std::same_as<T, Held>) {
          return held;
        } else if constexpr (std::same_as<T, double> && is_whole) {
          return static_cast<T>(held);
        } else if constexpr (std::integral<T> && !std::same_as<T, bool> && is_whole) {
          if (std::in_range<T>(held)) return static_cast<T>(held);
        }
        throw std::invalid_argument("of another type");
      },
      value.variant());
}
template <class T>
void read(const Value& value, std::vector<T>& out) {
  Value::List items;
  read<Value::List>(value, items);
  for (const Value& item : items) out.push_back(item.as<T>());
}
template <class T>
void read(const Value& value, std::vector<std::pair<std::string, T>>& out) {
  const auto record = value.as<Record>();
  for (const Field& field : record.fields()) out.emplace_back(field.name, field.value.template as<T>());
}

}  // namespace detail

template <class T>
T Value::as() const {
  T result{};
  detail::read(*this, result);
  return result;
}

template <class T>
T Record::get(std::string_view name) const {
  try {
    const Field* field = find(name);
    if (field == nullptr) throw std::invalid_argument("missing");
    return field->value.as<T>();
  } catch (const std::invalid_argument& fault) {
    throw std::invalid_argument("the entry \"" + std::string(name) + "\" is " + fault.what());
  }
}

}  // namespace holdfast
