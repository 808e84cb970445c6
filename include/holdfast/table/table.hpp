// A table as it was read, and its encoding as a data set.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "holdfast/core/dataset.hpp"
#include "holdfast/table/schema.hpp"

namespace holdfast::table {

/// A column of a file. A feature of texts has the type categorical; its cells are numbers of its texts.
struct TableColumn {
  Column about;
  std::vector<std::string> texts = {};  ///< the distinct texts, in the order in which they appeared
  bool listed = false;                  ///< the user asked for a categorical column, however many categories it has
};

/// A table before its encoding.
struct Table {
  std::string source;
  bool header = false;
  std::vector<TableColumn> columns;  ///< in the order of the file
  Matrix cells;                      ///< n x m, the m features in the order of the file; NaN: the cell is missing
  std::optional<Labels> labels;
  Index rows_left_out = 0;  ///< for their missing cells
  std::vector<NamedTexts> ids;
  std::vector<std::string> warnings;
  std::vector<std::string> notes;
};

/// A data set of training rows with the schema that later tables are matched to.
struct EncodedTable {
  Dataset data;
  Schema schema;
};

/// The value that replaces a missing cell (NaN) of a column: the median of the numbers that are there, or the number of
/// the most frequent category; 0 if all are missing.
[[nodiscard]] double fill_value(const Column& column, const Vector& cells);

/// Puts `fill` in the place of missing cells; returns their number.
Index fill_in(Eigen::Ref<Vector, 0, Eigen::InnerStride<>> cells, double fill);
/// Says which columns had missing cells that are filled in.
[[nodiscard]] std::string note_of_filled_columns(const std::vector<std::string>& names);

/// Learns the schema of training rows and encodes them: booleans and columns of two texts become one feature of 0 and
/// 1, columns of more texts one feature per category (one-hot). A column of one text is left out, with a note. `impute`
/// fills missing cells in by the median or the most frequent category, which the schema keeps. Throws InputError that
/// names all columns whose texts look like identifiers: more categories than half of the rows, unless listed.
[[nodiscard]] EncodedTable encode(Table table, bool impute);

/// Encodes later rows by a schema. The features of `table` are those of the schema, found by their names, or by their
/// order if either has none. A category that the schema does not know becomes zeros; one warning counts such cells.
[[nodiscard]] Dataset encode(Table table, const Schema& schema);

}  // namespace holdfast::table
