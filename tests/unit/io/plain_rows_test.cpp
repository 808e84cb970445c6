#include "io/plain_rows.hpp"

#include <gmock/gmock.h>

namespace holdfast::io {
namespace {

using testing::ElementsAre;
using enum CellUse;

const std::vector<CellUse> uses = {id, number, skipped, text, label, number};

TEST(PlainRows, ReadsCellsByTheirUse) {
  PlainRows rows(uses, Dialect{});
  const std::string lines = "r1, 1.5 ,x, blue ,yes,-2\r\nr2,3,,red,no,4e1";
  rows.read(lines, 7);
  EXPECT_FALSE(rows.holds(6));
  ASSERT_TRUE(rows.holds(7));
  ASSERT_TRUE(rows.find(7));
  EXPECT_EQ(rows.values()[0], 1.5);
  EXPECT_EQ(rows.values()[2], -2.0);
  EXPECT_THAT(rows.texts(), ElementsAre("r1", "blue", "yes"));
  ASSERT_TRUE(rows.holds(8));
  ASSERT_TRUE(rows.find(8));
  EXPECT_EQ(rows.values()[2], 40.0);
  EXPECT_THAT(rows.texts(), ElementsAre("r2", "red", "no"));
  EXPECT_FALSE(rows.holds(9));
}

TEST(PlainRows, LeavesOtherLinesToTheCaller) {
  PlainRows rows({number, text, label}, Dialect{});
  const std::vector<std::string> lines = {"1,a,b",   "\"1\",a,b", "1,a",      "1,a,b,c", "x,a,b", "1,,b",
                                          "1,NA,b",  "1,a,?",     "1,a,\xff", "inf,a,b", "",      "1e999,a,b",
                                          "1 2,a,b", "1,a,nan",   "nan,a,b",  "1,a,",    ",,",    "2,a,b"};
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  rows.read(all, 1);
  ASSERT_TRUE(rows.holds(std::ssize(lines)));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(rows.find(static_cast<Index>(i) + 1), i == 0 || i + 1 == lines.size()) << lines[i];
  }
}

TEST(PlainRows, KnowsDelimitersAndTheDecimalComma) {
  PlainRows rows({number, number}, Dialect{.delimiter = ' ', .decimal = ','});
  rows.read("1,5 \t 2\n-3  4,25\n5 6 7\n", 1);
  ASSERT_TRUE(rows.find(1));
  EXPECT_THAT(rows.values(), ElementsAre(1.5, 2.0));
  ASSERT_TRUE(rows.find(2));
  EXPECT_THAT(rows.values(), ElementsAre(-3.0, 4.25));
  EXPECT_FALSE(rows.find(3));
}

}  // namespace
}  // namespace holdfast::io
