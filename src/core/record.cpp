#include "holdfast/core/record.hpp"

#include <algorithm>

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

const Field* Record::find(std::string_view name) const& {
  const auto at = std::ranges::find(fields_, name, &Field::name);
  return at == fields_.end() ? nullptr : &*at;
}

bool Record::operator==(const Record& other) const { return fields_ == other.fields_; }

}  // namespace holdfast
