#include "io/text.hpp"

#include <gtest/gtest.h>

namespace holdfast::io {
namespace {

TEST(ReadNumber, KnowsMissingValues) {
  for (const char* text : {"", "?", "NA", "n/a", "NULL", "None", "NaN", "-nan", "<NA>", "#N/A", "#DIV/0!", "#VALUE!"}) {
    EXPECT_EQ(read_number(text).kind, Number::Kind::missing) << text;
  }
  for (const char* text : {"-", ".", "x", "nat", "#1", "N.A"}) {
    EXPECT_EQ(read_number(text).kind, Number::Kind::not_a_number) << text;
  }
}

TEST(MisspelledNumber, SaysWhatToWrite) {
  const auto told = [](const char* text) {
    const Number number = read_number(text);
    EXPECT_EQ(number.kind, Number::Kind::not_a_number) << text;
    EXPECT_TRUE(is_misspelled_number(text)) << text;
    return explain(number, text);
  };
  EXPECT_EQ(told("1,5"),
            "\"1,5\" is not a number with a decimal point; if commas are decimal commas, give `decimal=,`");
  EXPECT_EQ(told("3,682"),
            "\"3,682\" has \",\" between groups of digits; remove it, or give `decimal=,` if it is a decimal comma");
  EXPECT_EQ(told("-1,234,567.5"), "\"-1,234,567.5\" has \",\" between groups of digits; remove it");
  EXPECT_EQ(told("1.234.567"), "\"1.234.567\" has \".\" between groups of digits; remove it");
  EXPECT_EQ(told("1.234,50"), "\"1.234,50\" has \".\" between groups of digits; remove it");
  EXPECT_EQ(told("12 345"), "\"12 345\" has \" \" between groups of digits; remove it");
  EXPECT_EQ(told("1'000"), "\"1'000\" has \"'\" between groups of digits; remove it");
  for (const char* text : {"45%", "4,5 %", "$12", "-5\xe2\x82\xac", "\xc2\xa3 1,200.50"}) {
    EXPECT_EQ(told(text), shown(text) + " is a number with a sign of its unit; write the number alone");
  }
}

TEST(MisspelledNumber, TextsAreNone) {
  for (const char* text : {"a", "2024-01-05", "1.2.3", "1234 567", "12 34", "1,23,456", "%", "$", "$x", "5kg", "10:30",
                           "-", "1'00", "1.234.56", "192.168.0.1"}) {
    EXPECT_FALSE(is_misspelled_number(text)) << text;
  }
}

}  // namespace
}  // namespace holdfast::io
