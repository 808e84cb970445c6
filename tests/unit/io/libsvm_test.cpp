#include <gmock/gmock.h>

#include "holdfast/io/dataset_file.hpp"
#include "unit/io/files.hpp"

namespace holdfast::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Libsvm : public Files {
 protected:
  Dataset read_text(std::string_view text, const ReadOptions& options = {}) const {
    return read_dataset(Files::write("x.svm", text), options);
  }
  std::string error(std::string_view text, const ReadOptions& options = {}) const {
    return error_of([&] { return read_dataset(Files::write("x.svm", text), options); });
  }
};

TEST_F(Libsvm, FillsAbsentEntriesWithZero) {
  const Dataset data = read_text("+1 1:0.5 3:-2\n-1 2:+1e1\r\n+1\n2.5 1:1 \n");
  EXPECT_EQ(data.x, (Matrix{{0.5, 0, -2}, {0, 10, 0}, {0, 0, 0}, {1, 0, 0}}));
  EXPECT_THAT(data.labels->names, ElementsAre("-1", "1", "2.5"));
  EXPECT_THAT(data.labels->codes, ElementsAre(1, 0, 1, 2));
}

TEST_F(Libsvm, WritesWholeLabelsWithoutDecimals) {
  const Dataset data = read_text("3.0 1:1\n+1e0 1:1\n-0 1:1\n007 1:1\n12345678901234567890 1:1\ncat 1:1\n");
  const char* const expected[] = {"3", "1", "0", "7", "12345678901234567890", "cat"};
  for (Index row = 0; row < data.rows(); ++row) EXPECT_EQ(data.labels->text(row), expected[row]);
}

TEST_F(Libsvm, PassesOverComments) {
  const Dataset data = read_text("# made by hand\n1 1:2 # first\n2 2:3\n\n");
  EXPECT_EQ(data.x, (Matrix{{2, 0}, {0, 3}}));
}

TEST_F(Libsvm, AnIndexZeroAnywhereMeansThatIndicesCountFromZero) {
  const Dataset data = read_text("0 1:9 2:4\n1 0:1.5 2:3\n");
  EXPECT_EQ(data.x, (Matrix{{0, 9, 4}, {1.5, 0, 3}}));
  EXPECT_THAT(data.columns, ElementsAre("0", "1", "2"));
  EXPECT_THAT(data.notes, ElementsAre("index 0 occurs (line 2), so indices count from 0"));
  const Dataset from_one = read_text("0 1:9 2:4\n");
  EXPECT_THAT(from_one.columns, ElementsAre("1", "2"));
  EXPECT_TRUE(from_one.notes.empty());
}

TEST_F(Libsvm, LaterFilesCountAsTheTrainingFileDid) {
  const table::Schema zero{.header = true, .columns = {{.name = "0"}, {.name = "1"}, {.name = "2"}}};
  const ReadOptions from_zero{.dimension = 3, .schema = &zero};
  const Dataset data = read_text("1 1:9 2:4\n", from_zero);
  EXPECT_EQ(data.x, (Matrix{{0, 9, 4}}));
  EXPECT_TRUE(data.columns.empty());
  EXPECT_THAT(data.notes, ElementsAre("indices count from 0, as in the training file"));
  EXPECT_EQ(error("1 1:9 3:4\n", from_zero),
            "x.svm:1:7: index 3 is beyond the 3 features expected; give rows of the same features");
  const table::Schema one{.header = true, .columns = {{.name = "1"}, {.name = "2"}, {.name = "3"}}};
  const ReadOptions from_one{.dimension = 3, .schema = &one};
  EXPECT_EQ(read_text("1 1:9 3:4\n", from_one).x, (Matrix{{9, 0, 4}}));
  EXPECT_EQ(error("1 0:9\n", from_one),
            "x.svm:1:3: index 0 occurs, but indices count from 1 in the training file; write both files in one way");
  // A model of rows from elsewhere knows of no indices.
  EXPECT_EQ(read_text("1 0:9 2:4\n", {.dimension = 3}).x, (Matrix{{9, 0, 4}}));
  EXPECT_EQ(
      error("1 0:9\n1 3:4\n", {.dimension = 3}),
      "x.svm:1:1: index 0 occurs, so that indices count from 0 and index 3 is beyond the 3 features expected; give "
      "rows of the same features");
}

TEST_F(Libsvm, RefusesWhatIsNoClassification) {
  EXPECT_EQ(error("1,3 1:0.5\n"), "x.svm:1:1: \"1,3\" lists several labels; give every row one label");
  EXPECT_EQ(
      error("1 qid:3 1:0.5\n"),
      "x.svm:1:3: \"qid:3\" names a query of learning to rank, whose labels are ranks; remove it if the labels are "
      "classes");
  EXPECT_EQ(error("5 3 2\n1 0:1\n"), "x.svm:1:1: \"5 3 2\" is a line of sizes, not a row; remove it");
}

TEST_F(Libsvm, PadsToTheDimensionExpected) {
  EXPECT_EQ(read_text("1 1:1\n", {.dimension = 3}).x, (Matrix{{1, 0, 0}}));
  EXPECT_EQ(error("1 1:1\n0 2:1 4:1\n", {.dimension = 3}),
            "x.svm:2:7: index 4 is beyond the 3 features expected; give rows of the same features");
}

TEST_F(Libsvm, ReadsRowsWithoutLabels) {
  const Dataset data = read_text("1:1 2:2\n7 2:3\n", {.label = "none"});
  EXPECT_EQ(data.x, (Matrix{{1, 2}, {0, 3}}));
  EXPECT_FALSE(data.labels);
  EXPECT_EQ(error("1:1 2:2\n"),
            "x.svm:1:1: \"1:1\" stands where the label belongs; begin every row with its label (`label=none` if there "
            "are none)");
}

TEST_F(Libsvm, ReadsFilesOfManyPieces) {
  std::string text;
  const int n = 200000;
  for (int i = 0; i < n; ++i) text += std::to_string(i % 2) + " 1:" + std::to_string(i) + " 3:0.25\n";
  const Dataset data = read_text(text);
  ASSERT_EQ(data.rows(), n);
  bool right = true;
  for (int i = 0; i < n; ++i) right = right && data.x(i, 0) == i && data.x(i, 1) == 0 && data.x(i, 2) == 0.25;
  EXPECT_TRUE(right);
}

TEST_F(Libsvm, RefusesWrongIndices) {
  EXPECT_EQ(error("1 1:1\n1 3:1 2:1\n"), "x.svm:2:7: index 2 follows 3; indices must rise within a row");
  EXPECT_EQ(error("1 2:1 2:1\n"), "x.svm:1:7: index 2 occurs twice in the row; give each index once");
  EXPECT_EQ(error("1 -3:1\n"), "x.svm:1:3: index -3 is negative; indices begin at 0 or 1");
  EXPECT_EQ(error("1 a:1\n"),
            "x.svm:1:3: \"a\" is not an index; write every feature as index:value, with a whole number as index");
  EXPECT_EQ(error("1 :1\n"),
            "x.svm:1:3: \"\" is not an index; write every feature as index:value, with a whole number as index");
  EXPECT_EQ(error("1 99999999999:1\n"),
            "x.svm:1:3: index \"99999999999\" is too large; indices must not exceed 2147483647");
}

TEST_F(Libsvm, RefusesEntriesWithoutColonOrValue) {
  EXPECT_EQ(error("1 1:1 5\n"), "x.svm:1:7: \"5\" has no colon; write every feature as index:value");
  EXPECT_EQ(error("1 1: 5\n"), "x.svm:1:3: index 1 has no value; write it as index:value");
  EXPECT_EQ(error("1 1:"), "x.svm:1:3: index 1 has no value; write it as index:value");
}

TEST_F(Libsvm, RefusesWrongValues) {
  EXPECT_EQ(error("1 1:1\n1  12:abc\n"),
            "x.svm:2:7: \"abc\" is not a number; every feature cell must be a decimal number");
  EXPECT_THAT(error("1 1:1:2\n"), HasSubstr("x.svm:1:5: \"1:2\" is not a number"));
  EXPECT_EQ(error("1 1:nan\n"),
            "x.svm:1:5: the value is NaN; leave such rows out with `missing=drop`, or fill such cells in with "
            "`missing=impute`");
  EXPECT_EQ(error("1 1:inf 2:1\n"), "x.svm:1:5: \"inf\" is not finite; every feature must be a finite number");
  EXPECT_EQ(error("1 1:1e999\n"),
            "x.svm:1:5: \"1e999\" is too large for a 64-bit number; every feature must be a finite number");
}

TEST_F(Libsvm, RefusesFilesWithoutRowsOrFeatures) {
  EXPECT_EQ(error("# nothing\n"), "x.svm: holds no rows; it must hold at least one row");
  EXPECT_EQ(error("1\n2\n"), "x.svm: holds no features, only labels; write features as index:value");
  EXPECT_EQ(error("1 1:1\n\n2 1:1\n"), "x.svm:2:1: the line is empty; remove it");
}

TEST_F(Libsvm, RefusesAMatrixBeyondTheMemory) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "1 2147483647:1\n";
  EXPECT_EQ(
      error(text),
      "x.svm: 20000 rows of 2147483647 features need 343597.4 GB, which is more memory than this machine has; give "
      "fewer rows or features");
}

TEST_F(Libsvm, RefusesMoreFeaturesThanAMetricCanHave) {
  // A short file may claim so many features that their names alone fill the memory.
  EXPECT_EQ(error("20 122220220:+22."),
            "x.svm: index 122220220 occurs, but at most 262144 features can be read; give rows of fewer features");
}

TEST_F(Libsvm, RefusesLabelsThatAreNotUtf8) {
  EXPECT_EQ(error("caf\xE9 1:1\n"), "x.svm:1:1: the label is not valid UTF-8; save the file as UTF-8");
}

TEST_F(Libsvm, HasNoColumnNames) {
  EXPECT_EQ(
      error("1 1:1\n", {.label = "y"}),
      "x.svm: no column can be named \"y\", as only csv and tsv files have column names; leave `label` out, or give a "
      "file of labels with `labels`");
}

}  // namespace
}  // namespace holdfast::io
