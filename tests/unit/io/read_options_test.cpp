#include "holdfast/io/read_options.hpp"

#include <gmock/gmock.h>

#include "reference/messages.hpp"

namespace holdfast::io {
namespace {

TEST(ParseFormat, KnowsEveryName) {
  EXPECT_EQ(parse_format("auto"), Format::automatic);
  EXPECT_EQ(parse_format("csv"), Format::csv);
  EXPECT_EQ(parse_format("tsv"), Format::tsv);
  for (const char* name : {"libsvm", "svmlight", "svm"}) EXPECT_EQ(parse_format(name), Format::libsvm);
  EXPECT_EQ(parse_format("npy"), Format::npy);
  EXPECT_EQ(parse_format("npz"), Format::npz);
  EXPECT_EQ(parse_format("idx"), Format::idx);
  EXPECT_EQ(parse_format("cifar"), Format::cifar);
  EXPECT_EQ(find_format("cifar100"), Format::cifar100);
  EXPECT_EQ(find_format("xlsx"), std::nullopt);
}

TEST(ParseFormat, AnUnknownNameTellsTheChoices) {
  EXPECT_EQ(
      reference::message_of([] { (void)parse_format("xlsx"); }),
      "format \"xlsx\": there is no such format; choose auto, csv, tsv, libsvm, npy, npz, idx, cifar or cifar100");
}

TEST(ParseChoices, KnowTheirNamesAndNoOthers) {
  EXPECT_EQ(parse_header("auto"), HeaderChoice::automatic);
  EXPECT_EQ(parse_header("yes"), HeaderChoice::yes);
  EXPECT_EQ(parse_header("no"), HeaderChoice::no);
  EXPECT_EQ(parse_missing("error"), Missing::error);
  EXPECT_EQ(parse_missing("drop"), Missing::drop);
  EXPECT_EQ(parse_missing("impute"), Missing::impute);
  EXPECT_EQ(reference::message_of([] { (void)parse_header("maybe"); }), "header \"maybe\": must be auto, yes or no");
  EXPECT_EQ(reference::message_of([] { (void)parse_missing("x"); }), "missing \"x\": must be error, drop or impute");
}

TEST(SourceName, IsThePathOrStandardInput) {
  EXPECT_EQ(source_name("a/b.csv"), "a/b.csv");
  EXPECT_EQ(source_name("-"), "standard input");
}

TEST(ParseMark, TakesACharacterOrItsName) {
  EXPECT_EQ(parse_mark("auto", "delimiter"), '\0');
  EXPECT_EQ(parse_mark("tab", "delimiter"), '\t');
  EXPECT_EQ(parse_mark("\\t", "delimiter"), '\t');
  EXPECT_EQ(parse_mark("blanks", "delimiter"), ' ');
  EXPECT_EQ(parse_mark(";", "delimiter"), ';');
  EXPECT_EQ(reference::message_of([] { (void)parse_mark("ab", "delimiter"); }),
            "delimiter \"ab\": must be one character, tab, blanks or auto");
  EXPECT_EQ(reference::message_of([] { (void)parse_mark("\"", "decimal"); }), "decimal \"\"\": must be . or , or auto");
}

}  // namespace
}  // namespace holdfast::io
