// The columns of a table: their names, roles and types, and the features that they become.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/record.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::table {

/// How the cells of a column read. A boolean column has the two words of a pair such as False and True, or no and yes.
enum class ColumnType { numeric, boolean, categorical };

/// What a column is for. Columns for identification are copied into outputs; columns left out are not read.
enum class Role { feature, label, id, left_out };

struct Column {
  std::string name;  ///< from the header; empty if the file has none
  Role role = Role::feature;
  ColumnType type = ColumnType::numeric;
  /// The categories of a boolean or categorical feature: {no, yes} in lower case, or the texts in ascending order.
  std::vector<std::string> categories = {};
  /// Replaces a missing cell: the median, or the number of the most frequent category; NaN: missing cells are refused.
  double fill = std::numeric_limits<double>::quiet_NaN();

  /// The number of features that the column becomes: 1 for numbers, booleans and two categories; else one per category
  /// (one-hot); 0 for a column that is no feature.
  [[nodiscard]] Index width() const;
  /// The number of a category, which a boolean word has in any case of letters; none if it is unknown.
  [[nodiscard]] std::optional<Index> find_category(std::string_view text) const;

  bool operator==(const Column& other) const;
};

/// The columns of a training table in the order of its file. A model keeps the schema, and later tables are matched to
/// its names. Empty for rows that came without a table (arrays, images).
struct Schema {
  bool header = false;  ///< whether the columns have names
  std::vector<Column> columns;

  [[nodiscard]] bool empty() const { return columns.empty(); }
  /// The number of features, d.
  [[nodiscard]] Index dimension() const;
  /// d names, "column" or "column=category"; without a header "#4" or "#4=category" with the position counted from 1 if
  /// some column is encoded, else none.
  [[nodiscard]] std::vector<std::string> feature_names() const;
  /// d flags: true for features that encode categories, whose unit is not that of a measurement.
  [[nodiscard]] std::vector<bool> encoded() const;
  /// The label column; null if there is none.
  [[nodiscard]] const Column* label() const&;
  void label() const&& = delete;

  bool operator==(const Schema&) const = default;
};

/// How options and outputs call a column: by its name, or without one by its position "#4", counted from 1 (`column`
/// counts from 0).
[[nodiscard]] std::string column_name(const std::string& name, std::size_t column);

/// The schema as model files hold it.
[[nodiscard]] Record describe(const Schema& schema);
/// The schema of such a record. Throws std::invalid_argument if the record is not one.
[[nodiscard]] Schema schema_of(const Record& record);

/// {no, yes} in lower case if all texts are words of one pair, in any case of letters: false and true, no and yes, f
/// and t, n and y, off and on. Else empty.
[[nodiscard]] std::vector<std::string> boolean_categories(const std::vector<std::string>& texts);
/// Lower case of ASCII letters; other bytes stay.
[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace holdfast::table
