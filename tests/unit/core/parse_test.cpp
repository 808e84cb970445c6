#include "holdfast/core/parse.hpp"

#include <gmock/gmock.h>

#include <clocale>
#include <cmath>
#include <cstdint>

namespace holdfast {
namespace {

using testing::ElementsAre;

TEST(Parse, AWholeNumberIsAllOfTheText) {
  EXPECT_EQ(parse_whole<int>("12"), 12);
  EXPECT_EQ(parse_whole<int>("-3"), -3);
  EXPECT_EQ(parse_whole<std::uint64_t>("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", " 1", "1 ", "1x", "x", "1.0", "+1", "--1", "2147483648"}) {
    EXPECT_EQ(parse_whole<int>(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_whole<std::uint64_t>("-1"), std::nullopt);
}

TEST(Parse, ARealNumberIsAllOfTheText) {
  EXPECT_EQ(parse_real("0.1"), 0.1);
  EXPECT_EQ(parse_real("-2e-3"), -2e-3);
  EXPECT_EQ(parse_real("7"), 7.0);
  EXPECT_EQ(parse_real("inf"), INFINITY);
  EXPECT_TRUE(std::isnan(parse_real("nan").value()));
  for (const char* text : {"", " 1", "1 ", "1,5", "0x10", "one", "1.5.2", "1e"}) {
    EXPECT_EQ(parse_real(text), std::nullopt) << text;
  }
}

TEST(Parse, DoesNotHeedTheLocale) {
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8"}) {
    if (std::setlocale(LC_ALL, name) == nullptr) continue;
    EXPECT_EQ(parse_real("1.5"), 1.5);
    EXPECT_EQ(parse_real("1,5"), std::nullopt);
  }
  std::setlocale(LC_ALL, "C");
}

TEST(Parse, AListIsSplitAtItsSeparators) {
  EXPECT_THAT(split_list("a,b,c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split_list(" a , b c "), ElementsAre("a", "b c"));
  EXPECT_THAT(split_list("a,,"), ElementsAre("a", "", ""));
  EXPECT_THAT(split_list(""), ElementsAre(""));
  EXPECT_THAT(split_list("1x2", 'x'), ElementsAre("1", "2"));
}

TEST(Parse, AListIsJoinedAsASentenceHasIt) {
  const std::vector<std::string_view> parts = {"a", "b", "c"};
  EXPECT_EQ(join_list({}, "or"), "");
  EXPECT_EQ(join_list(std::span(parts).first(1), "or"), "a");
  EXPECT_EQ(join_list(std::span(parts).first(2), "and"), "a and b");
  EXPECT_EQ(join_list(parts, "or"), "a, b or c");
}

}  // namespace
}  // namespace holdfast
