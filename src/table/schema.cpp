#include "holdfast/table/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace holdfast::table {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> boolean_pairs = {
    {{"false", "true"}, {"no", "yes"}, {"f", "t"}, {"n", "y"}, {"off", "on"}}};

constexpr std::array<std::string_view, 4> role_names = {"feature", "label", "id", "left_out"};
constexpr std::array<std::string_view, 3> type_names = {"numeric", "boolean", "categorical"};

template <class Enum, std::size_t count>
Enum named(const std::array<std::string_view, count>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) throw std::invalid_argument(fmt::format("\"{}\" is no role or type of a column", name));
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

Index Column::width() const {
  if (role != Role::feature) return 0;
  return type == ColumnType::categorical && categories.size() > 2 ? static_cast<Index>(categories.size()) : 1;
}

std::optional<Index> Column::find_category(std::string_view text) const {
  const auto same = std::ranges::find(categories, text);
  if (same != categories.end()) return same - categories.begin();
  if (type != ColumnType::boolean) return std::nullopt;
  const auto equal = std::ranges::find(categories, lower_case(text));
  return equal == categories.end() ? std::nullopt : std::optional<Index>(equal - categories.begin());
}

bool Column::operator==(const Column& other) const {
  const bool same_fill = fill == other.fill || (std::isnan(fill) && std::isnan(other.fill));
  return name == other.name && role == other.role && type == other.type && categories == other.categories && same_fill;
}

Index Schema::dimension() const {
  Index sum = 0;
  for (const Column& column : columns) sum += column.width();
  return sum;
}

std::vector<std::string> Schema::feature_names() const {
  std::vector<std::string> names;
  const auto is_encoded = encoded();
  if (!header && std::ranges::find(is_encoded, true) == is_encoded.end()) return names;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string name = column_name(columns[i].name, i);
    if (columns[i].width() == 1) names.push_back(name);
    if (columns[i].width() < 2) continue;
    for (const std::string& category : columns[i].categories) names.push_back(name + "=" + category);
  }
  return names;
}

std::vector<bool> Schema::encoded() const {
  std::vector<bool> flags;
  for (const Column& column : columns) {
    flags.insert(flags.end(), static_cast<std::size_t>(column.width()), column.type != ColumnType::numeric);
  }
  return flags;
}

const Column* Schema::label() const& {
  const auto found = std::ranges::find(columns, Role::label, &Column::role);
  return found == columns.end() ? nullptr : &*found;
}

std::string column_name(const std::string& name, std::size_t column) {
  return name.empty() ? fmt::format("#{}", column + 1) : name;
}

Record describe(const Schema& schema) {
  Value::List columns;
  for (const Column& column : schema.columns) {
    Record record;
    record.add("name", column.name).add("role", role_names[static_cast<std::size_t>(column.role)]);
    if (column.role == Role::feature) {
      record.add("type", type_names[static_cast<std::size_t>(column.type)]);
      record.add("categories", column.categories);
      record.add("fill", std::isnan(column.fill) ? Value() : Value(column.fill));
    }
    columns.emplace_back(std::move(record));
  }
  return Record().add("header", schema.header).add("columns", std::move(columns));
}

Schema schema_of(const Record& record) {
  Schema schema{.header = record.get<bool>("header"), .columns = {}};
  for (const Record& entry : record.get<std::vector<Record>>("columns")) {
    Column& column = schema.columns.emplace_back();
    column.name = entry.get<std::string>("name");
    column.role = named<Role>(role_names, entry.get<std::string>("role"));
    if (column.role != Role::feature) continue;
    column.type = named<ColumnType>(type_names, entry.get<std::string>("type"));
    column.categories = entry.get<std::vector<std::string>>("categories");
    const std::size_t least = column.type == ColumnType::numeric ? 0 : 2;
    if (column.categories.size() < least || (least == 0 && !column.categories.empty())) {
      throw std::invalid_argument(fmt::format("the categories of column \"{}\" do not fit its type", column.name));
    }
    if (const Field* fill = entry.find("fill"); fill != nullptr && !fill->value.is_nothing()) {
      column.fill = entry.get<double>("fill");
    }
  }
  return schema;
}

std::vector<std::string> boolean_categories(const std::vector<std::string>& texts) {
  for (const auto& [no, yes] : boolean_pairs) {
    const auto is_word = [&, no = no, yes = yes](const std::string& text) {
      const std::string word = lower_case(text);
      return word == no || word == yes;
    };
    if (!texts.empty() && std::ranges::all_of(texts, is_word)) return {std::string(no), std::string(yes)};
  }
  return {};
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

}  // namespace holdfast::table
