#include "holdfast/core/option_value.hpp"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(OptionValue, HasAKindAndAText) {
  EXPECT_EQ(kind_of(true), OptionKind::flag);
  EXPECT_EQ(kind_of(3), OptionKind::whole_number);
  EXPECT_EQ(kind_of(0.5), OptionKind::number);
  EXPECT_EQ(kind_of("cosine"), OptionKind::text);
  EXPECT_EQ(kind_of(Derivables{}), OptionKind::derivables);
  EXPECT_EQ(text_of(OptionValue(false)), "no");
  EXPECT_EQ(text_of(OptionValue(-3)), "-3");
  EXPECT_EQ(text_of(OptionValue(1e-10)), "1e-10");
  EXPECT_EQ(text_of(OptionValue("cosine")), "cosine");
  EXPECT_EQ(text_of(OptionValue(Derivables{})), "off");
  EXPECT_EQ(text_of(OptionValue(Derivables{{}, 0.25, Derivable::times(0.1)})), "auto,0.25,auto*0.1");
}

TEST(OptionSet, KeepsTheOrderAndReplaces) {
  OptionSet set = {{"mu", 0.2}, {"rank", 3}};
  set.set("basis", 7);
  set.set("mu", 0.9);
  std::string names;
  for (const auto& [name, value] : set) names += name + "=" + text_of(value) + " ";
  EXPECT_EQ(names, "mu=0.9 rank=3 basis=7 ");
  set.erase("rank");
  EXPECT_EQ(set, (OptionSet{{"mu", 0.9}, {"basis", 7}}));
  EXPECT_NE(set, (OptionSet{{"mu", 0.8}, {"basis", 7}}));
  EXPECT_EQ(set.find("rank"), nullptr);
  EXPECT_EQ(*set.find("basis"), OptionValue(7));
}

}  // namespace
}  // namespace holdfast
