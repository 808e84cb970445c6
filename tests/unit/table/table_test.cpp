#include "holdfast/table/table.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "reference/messages.hpp"

namespace holdfast::table {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// Four rows: a number, a boolean, three categories.
Table mixed() {
  Table table{.source = "t.csv", .header = true};
  table.columns.push_back({.about = {.name = "size"}});
  table.columns.push_back({.about = {.name = "new", .type = ColumnType::categorical}, .texts = {"True", "False"}});
  table.columns.push_back({.about = {.name = "kind", .role = Role::label}});
  table.columns.push_back(
      {.about = {.name = "town", .type = ColumnType::categorical}, .texts = {"Rom", "Bonn", "Oslo"}});
  table.cells = Matrix{{1, 0, 0}, {2, 1, 1}, {4, 1, 2}, {8, 0, 0}};
  return table;
}

TEST(Table, TextsBecomeZerosAndOnes) {
  const EncodedTable encoded = encode(mixed(), false);
  EXPECT_EQ(encoded.data.x, (Matrix{{1, 1, 0, 0, 1}, {2, 0, 1, 0, 0}, {4, 0, 0, 1, 0}, {8, 1, 0, 0, 1}}));
  EXPECT_THAT(encoded.data.columns, ElementsAre("size", "new", "town=Bonn", "town=Oslo", "town=Rom"));
  EXPECT_EQ(encoded.schema.columns[1].type, ColumnType::boolean);
  EXPECT_EQ(encoded.schema.columns[2].role, Role::label);
}

TEST(Table, NumbersAloneStayAsTheyAre) {
  Table table;
  table.columns.resize(2);
  table.cells = Matrix{{1, 2}, {3, 4}};
  const double* const values = table.cells.data();
  const EncodedTable encoded = encode(std::move(table), false);
  EXPECT_EQ(encoded.data.x.data(), values);  // not copied
}

TEST(Table, MissingCellsAreFilledInByTheMedianAndTheMostFrequentCategory) {
  Table table = mixed();
  table.cells(0, 0) = missing;
  table.cells(1, 2) = missing;
  const EncodedTable encoded = encode(table, true);
  EXPECT_EQ(encoded.data.x(0, 0), 4.0);
  EXPECT_EQ(encoded.data.x(1, 4), 1.0);  // Rom
  EXPECT_EQ(encoded.schema.columns[0].fill, 4.0);
  // Later rows are filled in by the same values.
  Table later = mixed();
  later.cells(3, 0) = missing;
  EXPECT_EQ(encode(later, encoded.schema).x(3, 0), 4.0);
}

TEST(Table, LaterColumnsAreFoundByName) {
  const EncodedTable encoded = encode(mixed(), false);
  Table later{.source = "q.csv", .header = true};
  later.columns.push_back({.about = {.name = "town", .type = ColumnType::categorical}, .texts = {"Oslo"}});
  later.columns.push_back({.about = {.name = "new", .type = ColumnType::boolean}, .texts = {"TRUE"}});
  later.columns.push_back({.about = {.name = "size"}});
  later.cells = Matrix{{0, 0, 16}};
  EXPECT_EQ(encode(std::move(later), encoded.schema).x, (Matrix{{16, 1, 0, 1, 0}}));
}

TEST(Table, AnUnknownCategoryBecomesZeros) {
  const EncodedTable encoded = encode(mixed(), false);
  Table later = mixed();
  later.columns[3].texts[1] = "Paris";
  const Dataset data = encode(std::move(later), encoded.schema);
  EXPECT_EQ(data.x.row(1), (RowVector{{2, 0, 0, 0, 0}}));
  EXPECT_THAT(data.warnings,
              ElementsAre("1 cell is of categories that the training rows did not have, such as \"Paris\" in "
                          "column \"town\"; zeros stand for such a category"));
}

TEST(Table, AColumnOfOneTextIsLeftOut) {
  Table table = mixed();
  table.columns[3].texts = {"Rom"};
  table.cells.col(2).setZero();
  const EncodedTable encoded = encode(std::move(table), false);
  EXPECT_EQ(encoded.data.dimension(), 2);
  EXPECT_EQ(encoded.schema.columns[3].role, Role::left_out);
  EXPECT_THAT(encoded.data.notes, ElementsAre("column \"town\" has one text in all rows and is left out"));
}

TEST(Table, RefusesIdentifiersTogetherUnlessTheyAreListed) {
  Table table{.source = "t.csv", .header = true};
  table.columns.push_back({.about = {.name = "id", .type = ColumnType::categorical}, .texts = {"a", "b", "c"}});
  table.columns.push_back({.about = {.name = "date", .type = ColumnType::categorical}, .texts = {"d", "e", "f"}});
  table.cells = Matrix{{0, 0}, {1, 1}, {2, 2}};
  EXPECT_EQ(
      reference::message_of([&] { return encode(table, false); }),
      "t.csv: columns \"id\" (3 texts) and \"date\" (3 texts) look like identifiers: different texts in more than "
      "half of the 3 rows; leave out with `drop=id,date`, copy into outputs with `id=id,date`, or take as categories "
      "all the same with `categorical=id,date`");
  for (TableColumn& column : table.columns) column.listed = true;
  EXPECT_EQ(encode(table, false).data.dimension(), 6);
}

}  // namespace
}  // namespace holdfast::table
