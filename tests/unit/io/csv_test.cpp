#include <gmock/gmock.h>

#include "holdfast/io/dataset_file.hpp"
#include "io/text.hpp"
#include "unit/io/files.hpp"

namespace holdfast::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Csv : public Files {
 protected:
  Dataset read_text(std::string_view text, const ReadOptions& options = {}) const {
    return read_dataset(Files::write("x.csv", text), options);
  }
  std::string error(std::string_view text, const ReadOptions& options = {}) const {
    return error_of([&] { return read_dataset(Files::write("x.csv", text), options); });
  }
};

TEST_F(Csv, TakesTheLastColumnAsTheLabel) {
  const Dataset data = read_text("1,2,a\n3,4.5,b\n-1e2,.5,a\n");
  EXPECT_EQ(data.x, (Matrix{{1, 2}, {3, 4.5}, {-100, 0.5}}));
  EXPECT_THAT(data.labels->names, ElementsAre("a", "b"));
  EXPECT_THAT(data.labels->codes, ElementsAre(0, 1, 0));
  EXPECT_TRUE(data.columns.empty());
  EXPECT_EQ(data.source, (folder() / "x.csv").string());
}

TEST_F(Csv, FindsTheHeaderAndTheLabelByName) {
  const Dataset data = read_text("width,kind,height\n1,a,2\n3,b,4\n", {.label = "kind"});
  EXPECT_EQ(data.x, (Matrix{{1, 2}, {3, 4}}));
  EXPECT_THAT(data.columns, ElementsAre("width", "height"));
  EXPECT_EQ(data.labels->text(1), "b");
}

TEST_F(Csv, NumbersAsColumnNamesAreAHeaderWhereTheLabelIsNamed) {
  const Dataset data = read_text("0,1,y\n5,6,7\n", {.label = "y"});
  EXPECT_EQ(data.x, (Matrix{{5, 6}}));
  EXPECT_THAT(data.columns, ElementsAre("0", "1"));
}

TEST_F(Csv, ATextInTheLabelColumnAloneMakesNoHeader) { EXPECT_EQ(read_text("1,2,label\n3,4,x\n").rows(), 2); }

TEST_F(Csv, AMissingValueInTheFirstRowMakesNoHeader) {
  EXPECT_EQ(error("1,NA,x\n3,4,y\n"),
            "x.csv:1:2: \"NA\" is a missing value; leave such rows out with `missing=drop`, or fill such cells in with "
            "`missing=impute`");
}

TEST_F(Csv, WithoutLabelsAllColumnsAreFeatures) {
  const Dataset data = read_text("a,b\n1,2\n", {.label = "none"});
  EXPECT_EQ(data.x, (Matrix{{1, 2}}));
  EXPECT_FALSE(data.labels);
  EXPECT_THAT(data.columns, ElementsAre("a", "b"));
  EXPECT_EQ(read_text("7", {.label = "none"}).x, (Matrix{{7}}));
}

TEST_F(Csv, LabelsFromAFileLeaveAllColumnsAsFeatures) {
  const Dataset data = read_text("1,2\n3,4\n", {.labels_file = Files::write("y.csv", "class\n1\n0\n")});
  EXPECT_EQ(data.x, (Matrix{{1, 2}, {3, 4}}));
  EXPECT_THAT(data.labels->codes, ElementsAre(1, 0));
}

TEST_F(Csv, ReadsQuotesCrlfByteOrderMarkAndSpaces) {
  const Dataset data = read_text(
      "\xEF\xBB\xBF\"a, \"\"b\"\"\",c,y\r\n 1 ,\"2\", one \r\n\"3\" ,4,\"two, \"\"or\"\" "
      "more\"\r\n5,+6,\"of\r\nlines\"\r\n7,8,one\r\n\r\n \n");
  EXPECT_EQ(data.x, (Matrix{{1, 2}, {3, 4}, {5, 6}, {7, 8}}));
  EXPECT_THAT(data.columns, ElementsAre("a, \"b\"", "c"));
  EXPECT_EQ(data.labels->text(0), "one");
  EXPECT_EQ(data.labels->text(1), "two, \"or\" more");
  EXPECT_EQ(data.labels->text(2), "of\r\nlines");
  EXPECT_EQ(data.labels->text(3), "one");
}

TEST_F(Csv, LinesAreCountedThroughQuotedCells) {
  EXPECT_EQ(error("1,\"a\nb\nc\"\n2,b\nx,c\n"),
            "x.csv:5:1: \"x\" is not a number; every feature cell must be a decimal number");
}

TEST_F(Csv, ReadsTabs) {
  const Dataset data = read_dataset(Files::write("x.tsv", "1\t 2\ta b\n3\t\"4\"\t\"c\"\n"));
  EXPECT_EQ(data.x, (Matrix{{1, 2}, {3, 4}}));
  EXPECT_THAT(data.labels->names, ElementsAre("a b", "c"));
}

TEST_F(Csv, ReadsLinesLongerThanTheWindow) {
  std::string text;
  const int n = 400000;
  for (int i = 0; i < n; ++i) text += std::to_string(i) + ",";
  const Dataset data = read_text(text + "a\n" + text + "b\n");
  ASSERT_EQ(data.dimension(), n);
  ASSERT_EQ(data.rows(), 2);
  EXPECT_EQ(data.x(0, n - 1), n - 1);
  EXPECT_EQ(data.x(1, 1234), 1234);
  EXPECT_EQ(data.labels->text(1), "b");
}

TEST_F(Csv, ReadsFilesOfManyBlocks) {
  std::string text;
  const int n = 500000;
  for (int i = 0; i < n; ++i)
    text += std::to_string(i) + ",-" + std::to_string(i) + ",0.5," + std::to_string(i % 3) + "\n";
  const Dataset data = read_text(text);
  ASSERT_EQ(data.rows(), n);
  bool right = true;
  for (int i = 0; i < n; ++i) {
    right = right && data.x(i, 0) == i && data.x(i, 1) == -i && data.x(i, 2) == 0.5 &&
            data.labels->codes[static_cast<std::size_t>(i)] == i % 3;
  }
  EXPECT_TRUE(right);
}

TEST_F(Csv, PlainAndOtherRowsKeepTheirOrder) {
  // Some megabytes, so that windows of the file begin and end in rows of each kind; rows differ in length.
  std::string text = "id,x,colour,kind\n";
  const int n = 200000;
  for (int i = 0; i < n; ++i) {
    const std::string number = std::to_string(i);
    const std::string kind = i % 3 == 0 ? "a" : "b";
    switch (i % 97) {
      case 5: text += "\"row\n" + number + "\n\"," + number + ",red,\"" + kind + "\"\n"; break;
      case 7: text += "\nlost,,red,a\nr" + number + "," + number + ",\"red\"," + kind + "\n\n"; break;
      default:
        text += "r" + number + "," + number + std::string(static_cast<std::size_t>(i % 13), ' ') + "," +
                (i % 2 == 0 ? "red," : "blue,") + kind + "\n";
    }
  }
  const Dataset data = read_text(text, {.id = "id", .missing = Missing::drop});
  ASSERT_EQ(data.rows(), n);
  ASSERT_EQ(data.ids.size(), 1U);
  int wrong = 0;
  for (int i = 0; i < n; ++i) {
    const bool red = i % 97 == 5 || i % 97 == 7 || i % 2 == 0;
    const std::string id = i % 97 == 5 ? "row\n" + std::to_string(i) : "r" + std::to_string(i);
    const bool right = data.x(i, 0) == i && data.x(i, 1) == (red ? 1.0 : 0.0) &&
                       data.ids[0].texts[static_cast<std::size_t>(i)] == id &&
                       data.labels->text(i) == (i % 3 == 0 ? "a" : "b");
    wrong += right ? 0 : 1;
  }
  EXPECT_EQ(wrong, 0);
}

TEST_F(Csv, TinyNumbersBecomeZero) { EXPECT_EQ(read_text("1e-999,a\n").x, (Matrix{{0}})); }

TEST_F(Csv, RefusesWhatIsNotANumber) {
  EXPECT_EQ(error("1,2,a\n3,abc,b\n"),
            "x.csv:2:2: \"abc\" is not a number; every feature cell must be a decimal number");
  EXPECT_THAT(error("1,2,a\n3,1_000,b\n"), HasSubstr("x.csv:2:2: \"1_000\" is not a number"));
  EXPECT_THAT(error("1,2,a\n3,0x10,b\n"), HasSubstr("x.csv:2:2: \"0x10\" is not a number"));
  EXPECT_THAT(error("1,2,a\n3,+-1,b\n"), HasSubstr("x.csv:2:2: \"+-1\" is not a number"));
  EXPECT_THAT(error("1,2,a\n3,1 2,b\n"), HasSubstr("x.csv:2:2: \"1 2\" is not a number"));
  EXPECT_THAT(error("1,2,a\n3,-,b\n"), HasSubstr("x.csv:2:2: \"-\" is not a number"));
}

TEST_F(Csv, ShowsHostileCellsOnOneLine) {
  const std::string message = error(std::string("1,a\n\"x\n\x01\xFFy\",b\n"));
  EXPECT_EQ(message, "x.csv:2:1: \"x\\x0a\\x01\\xffy\" is not a number; every feature cell must be a decimal number");
  EXPECT_THAT(error("1,a\n" + std::string(1000, 'z') + ",b\n"),
              HasSubstr("\"" + std::string(40, 'z') + "...\" is not a number"));
}

TEST_F(Csv, RefusesMissingValues) {
  EXPECT_EQ(error("1,2,a\n3,,b\n"),
            "x.csv:2:2: the cell is empty; leave such rows out with `missing=drop`, or fill such cells in with "
            "`missing=impute`");
  EXPECT_EQ(error("1,2,a\nNaN,4,b\n"),
            "x.csv:2:1: the value is NaN; leave such rows out with `missing=drop`, or fill such cells in with "
            "`missing=impute`");
  EXPECT_EQ(error("1,2,a\n3,?,b\n"),
            "x.csv:2:2: \"?\" is a missing value; leave such rows out with `missing=drop`, or fill such cells in with "
            "`missing=impute`");
}

TEST_F(Csv, RefusesInfinity) {
  EXPECT_EQ(error("1,2,a\n3,-Inf,b\n"), "x.csv:2:2: \"-Inf\" is not finite; every feature must be a finite number");
  EXPECT_EQ(error("1,2,a\n3,1e999,b\n"),
            "x.csv:2:2: \"1e999\" is too large for a 64-bit number; every feature must be a finite number");
}

TEST_F(Csv, RefusesRaggedRows) {
  EXPECT_EQ(error("1,2,a\n3,b\n"),
            "x.csv:2:3: the row has 2 fields where 3 are expected; every row must have as many fields as the first");
  EXPECT_EQ(error("1,2,a\n3,4,5,b\n"),
            "x.csv:2:4: the row has 4 fields where 3 are expected; every row must have as many fields as the first");
  EXPECT_EQ(error("1,2,a\n3\n"),
            "x.csv:2:2: the row has 1 field where 3 are expected; every row must have as many fields as the first");
}

TEST_F(Csv, RefusesFilesWithoutRows) {
  EXPECT_EQ(error("a,b,label\n"), "x.csv: has a header but no rows; it must hold at least one row");
  EXPECT_EQ(error("\n\n"), "x.csv: holds only empty lines; it must hold at least one row");
  EXPECT_EQ(error("\xEF\xBB\xBF"), "x.csv: holds only empty lines; it must hold at least one row");
}

TEST_F(Csv, PassesEmptyLinesOver) {
  const Dataset data = read_text("1,a\n\n,\n2,b\n\n");
  EXPECT_EQ(data.x, (Matrix{{1}, {2}}));
  EXPECT_THAT(data.notes, ElementsAre("2 empty lines are passed over"));
}

TEST_F(Csv, RefusesALabelColumnThatIsNotThere) {
  EXPECT_EQ(error("a,b,kind\n1,2,x\n", {.label = "class"}),
            "x.csv: has no column \"class\"; its columns are \"a\", \"b\", \"kind\"");
  EXPECT_EQ(
      error("1,2,3\n", {.label = "class"}),
      "x.csv: there is no header, so no column is named \"class\"; give its position (`label=#1`, `label=first` or "
      "`label=last`), or `header=yes` if the first line holds names");
  std::string many;
  std::string values;
  for (int i = 0; i < 25; ++i) {
    many.append("c").append(std::to_string(i)).append(",");
    values.append("1,");
  }
  EXPECT_THAT(error(many + "y\n" + values + "1\n", {.label = "class"}), HasSubstr("\"c19\" and 6 more"));
}

TEST_F(Csv, RefusesALabelColumnThatOccursTwice) {
  EXPECT_EQ(error("y,b,y\n1,2,x\n", {.label = "y"}),
            "x.csv: has more than one column \"y\"; the label column's name must occur once");
}

TEST_F(Csv, RefusesAColumnAndAFileOfLabels) {
  EXPECT_EQ(error("a,y\n1,x\n", {.label = "y", .labels_file = "y.txt"}),
            "x.csv: the labels are to come from column \"y\" and from y.txt; give one of `label` and `labels`");
}

TEST_F(Csv, RefusesEmptyLabels) {
  EXPECT_EQ(
      error("1,a\n2, \n"),
      "x.csv:2:2: the label is empty; name the label column if it is another (`label=first`, or `label=NAME`), give "
      "every row a label, or leave such rows out with `missing=drop` "
      "(`label=none` if there are none)");
}

TEST_F(Csv, RefusesFilesWithoutFeatures) {
  EXPECT_EQ(error("1\n2\n"),
            "x.csv: has a single column, taken as the label; it must hold at least one feature column (`label=none` if "
            "it has no labels)");
}

TEST_F(Csv, FindsTheDelimiter) {
  for (const char* text : {"1;2;a\n3;4;b\n", "1\t2\ta\n3\t4\tb\n", "1|2|a\n3|4|b\n", "1 2  a\n 3\t4 b\n",
                           "sep=;\n1;2;a\n3;4;b\n", "1;2;a\r3;4;b\r", "1,2,a\n3,4,b\n"}) {
    EXPECT_EQ(read_text(text).x, (Matrix{{1, 2}, {3, 4}})) << text;
  }
  EXPECT_THAT(read_text("1;2;a\n3;4;b\n").notes, ElementsAre("the fields are separated by semicolons"));
  EXPECT_EQ(read_text("1-2-a\n3-4-b\n", {.delimiter = '-'}).x, (Matrix{{1, 2}, {3, 4}}));
}

TEST_F(Csv, FindsTheDecimalComma) {
  EXPECT_EQ(read_text("1,5;2;a\n3;4,25;b\n").x, (Matrix{{1.5, 2}, {3, 4.25}}));
  EXPECT_EQ(read_text("\"1,5\",2,a\n3,\"4,25\",b\n", {.decimal = ','}).x, (Matrix{{1.5, 2}, {3, 4.25}}));
  EXPECT_EQ(error("\"1,5\",2,a\n3,\"4,25\",b\n"),
            "x.csv:1:1: \"1,5\" is not a number with a decimal point; if commas are decimal commas, give `decimal=,`");
}

TEST_F(Csv, PassesCommentsOverAndTakesTheirNames) {
  EXPECT_EQ(read_text("# made today\n1,2,a\n3,4,b\n").x, (Matrix{{1, 2}, {3, 4}}));
  const Dataset data = read_text("# x,y,c\n1,2,a\n3,4,b\n");
  EXPECT_THAT(data.columns, ElementsAre("x", "y"));
  EXPECT_THAT(data.notes,
              ElementsAre("1 comment line before the first row is passed over; the last one names the columns"));
}

TEST_F(Csv, IntegersRisingByOneAreAHeaderIfTheLabelCellIsAlone) {
  EXPECT_EQ(read_text("0,1,2\n5,6,a\n7,8,a\n").x, (Matrix{{5, 6}, {7, 8}}));
  EXPECT_EQ(read_text("0,1,a\n5,6,a\n7,8,a\n").rows(), 3);  // the label recurs
  EXPECT_EQ(read_text("0,2,c\n5,6,a\n7,8,a\n").rows(), 3);
}

TEST_F(Csv, AFirstLineOfTextsIsAHeaderIfNoCellRecurs) {
  EXPECT_EQ(read_text("colour,kind\nred,a\nblue,b\nred,a\n").rows(), 3);
  EXPECT_EQ(read_text("red,a\nblue,b\nred,a\n").rows(), 3);
}

TEST_F(Csv, ATypingErrorInTheFirstLineIsNoHeader) {
  EXPECT_EQ(error("5.1o,3.5,a\n4.9,3.0,a\n4.7,3.2,b\n"),
            "x.csv:1:1: \"5.1o\" is not a number, as the other cells of the line and of its column are; correct it, or "
            "give `header=yes` if the line names the columns");
  EXPECT_EQ(read_text("5.1o,3.5,a\n4.9,3.0,a\n", {.header = HeaderChoice::yes}).rows(), 1);
}

TEST_F(Csv, RefusesATitle) {
  EXPECT_EQ(
      error("My export\nx,y,c\n1,2,a\n3,4,b\n5,6,b\n"),
      "x.csv:1:1: the line has 1 field where the rows below have 3; if it is a title, remove it; a header must have "
      "a name for each column");
}

TEST_F(Csv, LeavesOutRowNumbersWithoutAName) {
  const Dataset data = read_text(",x,c\n0,5,a\n1,6,b\n");
  EXPECT_THAT(data.columns, ElementsAre("x"));
  EXPECT_THAT(data.notes, ElementsAre("column #1 numbers the rows and is left out"));
  EXPECT_EQ(read_text("Unnamed: 0,x,c\n7,5,a\n3,6,b\n").x, (Matrix{{5}, {6}}));
  // R writes no name for them; an empty last column has none either.
  EXPECT_EQ(read_text("\"x\",\"c\"\n\"1\",5,\"a\"\n\"2\",6,\"b\"\n\"3\",7,\"b\"\n").x, (Matrix{{5}, {6}, {7}}));
  EXPECT_EQ(read_text("x,c\n5,a,\n6,b,\n7,b,\n").x, (Matrix{{5}, {6}, {7}}));
  EXPECT_EQ(read_text("x,c,\n5,a\n6,b\n7,b\n").x, (Matrix{{5}, {6}, {7}}));
}

TEST_F(Csv, WarnsOfIdentifiersWithAName) {
  EXPECT_THAT(read_text("id,x,c\n70,5,a\n71,6,b\n").warnings,
              ElementsAre("column \"id\" counts the rows and may be no feature; leave it out with `drop=id`"));
  EXPECT_THAT(read_text("width,x,c\n70,5,a\n71,6,b\n").warnings, testing::IsEmpty());
}

TEST_F(Csv, ColumnsAreChosenByNameAndPosition) {
  const std::string text = "id,x,y,z,c\nA,1,2,3,a\nB,4,5,6,b\n";
  EXPECT_EQ(read_text(text, {.drop = "id,y"}).x, (Matrix{{1, 3}, {4, 6}}));
  EXPECT_EQ(read_text(text, {.columns = "#3-4"}).x, (Matrix{{2, 3}, {5, 6}}));
  const Dataset data = read_text(text, {.label = "#5", .id = "id"});
  EXPECT_EQ(data.dimension(), 3);
  ASSERT_EQ(data.ids.size(), 1u);
  EXPECT_EQ(data.ids[0].name, "id");
  EXPECT_THAT(data.ids[0].texts, ElementsAre("A", "B"));
}

TEST_F(Csv, TheLabelMayBeFirst) {
  EXPECT_EQ(read_text("a,1,2\nb,3,4\n", {.label = "first"}).x, (Matrix{{1, 2}, {3, 4}}));
  EXPECT_EQ(read_text("1,a,2\n3,b,4\n", {.label = "#2"}).labels->text(1), "b");
  EXPECT_EQ(read_text("first,x,c\n1,a,2\n3,b,4\n", {.label = "first", .drop = "x"}).labels->text(1), "3");
  EXPECT_EQ(read_text("x,none\n1,a\n3,b\n", {.label = "none"}).labels->text(1), "b");
}

TEST_F(Csv, TextsBecomeFeatures) {
  const Dataset data = read_text("x,new,c\n1,True,a\n2,False,b\n3,True,b\n");
  EXPECT_EQ(data.x, (Matrix{{1, 1}, {2, 0}, {3, 1}}));
  EXPECT_THAT(read_text("k,c\nu,a\nv,b\nw,a\nu,a\nv,b\nw,b\n").columns, ElementsAre("k=u", "k=v", "k=w"));
}

TEST_F(Csv, RowsWithMissingCellsAreLeftOutOrFilledIn) {
  const std::string text = "x,k,c\n1,u,a\n,v,b\n5,?,b\n3,u,?\n";
  const Dataset left = read_text(text, {.missing = Missing::drop});
  EXPECT_EQ(left.rows(), 1);
  EXPECT_THAT(left.notes, testing::Contains("3 of 4 rows have missing cells and are left out"));
  EXPECT_THAT(error(text, {.missing = Missing::impute}), HasSubstr("x.csv:5:3: the label is missing (\"?\")"));
  const Dataset filled = read_text("x,k,c\n1,u,a\n,v,b\n5,?,b\n3,u,b\n", {.missing = Missing::impute});
  EXPECT_EQ(filled.x, (Matrix{{1, 0}, {3, 1}, {5, 0}, {3, 0}}));
  EXPECT_EQ(
      error("x,c\n,a\n?,b\n", {.missing = Missing::drop}),
      "x.csv: all 2 rows have missing cells; leave out the columns that lack them with `drop`, or fill them in with "
      "`missing=impute`");
}

TEST_F(Csv, ADashIsMissingInAColumnOfNumbersAndACategoryInOneOfTexts) {
  const std::string text = "size,colour,kind\n1,red,a\n-,-,b\n2,red,a\n3,-,b\n";
  EXPECT_THAT(
      error(text),
      testing::StartsWith("x.csv:3:1: \"-\" is not a number; if it stands for a missing value, leave such rows out"));
  EXPECT_EQ(read_text(text, {.missing = Missing::drop}).x, (Matrix{{1, 1}, {2, 1}, {3, 0}}));
  EXPECT_EQ(read_text(text, {.missing = Missing::impute}).x, (Matrix{{1, 1}, {2, 0}, {2, 1}, {3, 0}}));
}

TEST_F(Csv, NumbersWithUnitsAreRefusedUnlessTheyAreListed) {
  const std::string text = "share,kind\n10%,a\n20%,b\n10%,a\n";
  EXPECT_EQ(error(text), "x.csv:2:1: \"10%\" is a number with a sign of its unit; write the number alone");
  EXPECT_EQ(read_text(text, {.categorical = "share"}).x, (Matrix{{0}, {1}, {0}}));
}

TEST_F(Csv, NaIsAClassOfItsOwn) {
  EXPECT_THAT(read_text("x,c\n1,NA\n2,ZA\n3,NA\n").labels->names, ElementsAre("NA", "ZA"));
}

TEST_F(Csv, LabelsThatDifferInFormAreOneClass) {
  const Dataset data = read_text("1,0\n2,0.0\n3,1\n4,007\n5,7\n");
  EXPECT_THAT(data.labels->names, ElementsAre("0", "1", "007", "7"));
  EXPECT_THAT(data.notes, ElementsAre("the labels \"0\", \"0.0\" are one class, 0"));
}

TEST_F(Csv, ARepeatedHeaderIsRefused) {
  EXPECT_EQ(error("x,y,c\n1,2,a\n3,4,b\nx,y,c\n5,6,a\n"), "x.csv:4:1: the header is repeated here; remove the line");
}

/// Later tables, read by the schema of a training table.
class CsvBySchema : public Csv {
 protected:
  Dataset later(std::string_view train, std::string_view text, ReadOptions options = {}) const {
    const table::Schema schema = read_table(Files::write("t.csv", train)).schema;
    options.schema = &schema;
    return read_text(text, options);
  }
};

TEST_F(CsvBySchema, ColumnsAreFoundByNameInAnyOrder) {
  const Dataset data = later("x,y,kind\n1,2,a\n3,4,b\n", "extra,kind,Y,x\nq,b,6,5\n");
  EXPECT_EQ(data.x, (Matrix{{5, 6}}));
  EXPECT_EQ(data.labels->text(0), "b");
  EXPECT_THAT(data.notes, ElementsAre("column \"Y\" is taken as \"y\"",
                                      "1 column that the model does not know is left out (\"extra\")"));
}

TEST_F(CsvBySchema, LabelsMayBeAbsentOrBlank) {
  const std::string table = "x,y,kind\n1,2,a\n3,4,b\n";
  EXPECT_FALSE(later(table, "x,y\n5,6\n").labels);
  EXPECT_EQ(later(table, "x,y,kind\n5,6,\n", {.skip_labels = true}).x, (Matrix{{5, 6}}));
  EXPECT_EQ(later(table, "5,6,?\n", {.skip_labels = true}).x, (Matrix{{5, 6}}));
  EXPECT_EQ(later(table, "5,6\n").x, (Matrix{{5, 6}}));
}

TEST_F(CsvBySchema, AFeatureWithoutANameIsKnownByItsPosition) {
  EXPECT_EQ(later(",x,c\n1,2,a\n1,3,b\n", ",x\n5,6\n").x, (Matrix{{5, 6}}));
  EXPECT_THAT(error_of([&] { return later(",x,c\n1,2,a\n1,3,b\n", "x,y\n5,6\n"); }), HasSubstr("has no column \"#1\""));
}

TEST_F(CsvBySchema, AColumnStandsForOneFeature) {
  EXPECT_THAT(error_of([&] { return later("x,X,c\n1,2,a\n1,3,b\n", "x,y\n5,6\n"); }), HasSubstr("has no column \"X\""));
}

TEST_F(CsvBySchema, RefusesTablesThatLackAColumn) {
  EXPECT_THAT(error_of([&] { return later("x,y,kind\n1,2,a\n3,4,b\n", "x,z\n5,6\n"); }),
              HasSubstr("has no column \"y\", which the model needs; its columns are \"x\", \"z\""));
  EXPECT_THAT(error_of([&] { return later("1,2,a\n3,4,b\n", "5\n"); }),
              HasSubstr("has 1 feature column; the model was trained on 2"));
}

TEST_F(Csv, RefusesUnbalancedQuotes) {
  EXPECT_EQ(error("1,2,a\n3,4,\"b\n5,6,c\n"),
            "x.csv:2:3: the quote that opens here is never closed; close it, or write a quote that is meant twice "
            "(\"\")");
  EXPECT_EQ(error("1,2,a\n3,4,\"b\"c\n"),
            "x.csv:2:3: text follows the closing quote; write a quote within a quoted cell twice (\"\")");
  EXPECT_EQ(
      error("1,2,a\n3,4,5\" pipe, 6\" pipe\n"),
      "x.csv:2:3: a quote stands within a cell that does not begin with one; put the cell in quotes and write the "
      "quote twice (\"\")");
}

TEST_F(Csv, RefusesOtherEncodings) {
  EXPECT_EQ(error("1,caf\xE9\n"), "x.csv:1:2: the text is not valid UTF-8; save the file as UTF-8");
  EXPECT_EQ(error("caf\xE9,b\n1,2\n"), "x.csv:1:1: the text is not valid UTF-8; save the file as UTF-8");
  EXPECT_EQ(error(std::string("\xFF\xFE\x31\0", 4)), "x.csv: is UTF-16 text; save it as UTF-8");
  EXPECT_EQ(error(std::string("1,2\0,a\n3,4,b\n", 13)),
            "x.csv:1:2: the text is not valid UTF-8; save the file as UTF-8");
}

TEST_F(Csv, RefusesAnotherDimension) {
  EXPECT_EQ(error("1,2,a\n", {.dimension = 3}),
            "x.csv: has 2 features, but 3 are expected; give rows of the same features (`label` names the column "
            "that is no "
            "feature)");
  EXPECT_EQ(read_text("1,2,a\n", {.dimension = 2}).dimension(), 2);
}

TEST(Utf8, KnowsWhatIsValid) {
  for (const char* text :
       {"", "a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (const char* text : {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                           "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "a\xFF"}) {
    EXPECT_FALSE(is_utf8(text)) << shown(text);
  }
}

}  // namespace
}  // namespace holdfast::io
