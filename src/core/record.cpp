#include "holdfast/core/record.hpp"

#include <algorithm>
#include <limits>

namespace holdfast {

Record::Record(std::string title) : title_(std::move(title)) {}
Record::Record(const Record& other) = default;
Record::Record(Record&& other) noexcept = default;
Record& Record::operator=(const Record& other) = default;
Record& Record::operator=(Record&& other) noexcept = default;
Record::~Record() = default;

Record& Record::add(std::string name, Value value, Style style) {
  fields_.push_back({std::move(name), std::move(value), std::move(style)});
  return *this;
}

Record& Record::append(const Record& other) {
  fields_.insert(fields_.end(), other.fields_.begin(), other.fields_.end());
  return *this;
}

Record& Record::say(std::string line) {
  lines_.push_back(std::move(line));
  return *this;
}

const Field* Record::find(std::string_view name) const {
  const auto at = std::find_if(fields_.begin(), fields_.end(), [&](const Field& field) { return field.name == name; });
  return at == fields_.end() ? nullptr : &*at;
}

const Value& Record::at(std::string_view name) const {
  const Field* field = find(name);
  if (field == nullptr) throw std::invalid_argument("missing");
  return field->value;
}

bool Record::operator==(const Record& other) const {
  return fields_ == other.fields_;
}

namespace detail {
namespace {

/// The value if it is a T, or null.
template <class T>
const T* held(const Value& value) {
  return std::get_if<T>(&value.variant());
}

template <class T>
const T& required(const Value& value) {
  if (held<T>(value) == nullptr) throw std::invalid_argument("of another type");
  return *held<T>(value);
}

}  // namespace

void read(const Value& value, bool& out) {
  out = required<bool>(value);
}

void read(const Value& value, Index& out) {
  const auto* number = held<std::uint64_t>(value);
  const bool fits = number != nullptr && *number <= static_cast<std::uint64_t>(std::numeric_limits<Index>::max());
  out = fits ? static_cast<Index>(*number) : required<Index>(value);
}

void read(const Value& value, std::uint64_t& out) {
  const auto* number = held<Index>(value);
  out = number != nullptr && *number >= 0 ? static_cast<std::uint64_t>(*number) : required<std::uint64_t>(value);
}

void read(const Value& value, double& out) {
  if (const auto* whole = held<Index>(value)) {
    out = static_cast<double>(*whole);
  } else if (const auto* large = held<std::uint64_t>(value)) {
    out = static_cast<double>(*large);
  } else {
    out = required<double>(value);
  }
}

void read(const Value& value, std::string& out) {
  out = required<std::string>(value);
}

void read(const Value& value, Record& out) {
  out = required<Record>(value);
}

const Value::List& items(const Value& value) {
  return required<Value::List>(value);
}

}  // namespace detail
}  // namespace holdfast
