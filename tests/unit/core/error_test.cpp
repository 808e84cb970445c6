#include "holdfast/core/error.hpp"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

std::string as_flag(std::string_view name, std::string_view value) {
  if (name == "unknown") return {};
  std::string flag = "--";
  flag += name;
  return value.empty() ? flag : flag.append(" ").append(value);
}

TEST(Error, MessageHasItsPartsInOrder) {
  const Fault fault{.place = "train.csv:3:1", .field = "k", .value = "2", .rule = "must be odd", .remedy = "use 3"};
  EXPECT_EQ(message_of(fault), "train.csv:3:1: k 2: must be odd; use 3");
  EXPECT_EQ(InputError(fault).what(), message_of(fault));
  EXPECT_EQ(InputError(fault).fault().field, "k");
}

TEST(Error, PartsThatAreEmptyLeaveNoTrace) {
  EXPECT_EQ(message_of({.rule = "no rows"}), "no rows");
  EXPECT_EQ(message_of({.field = "k", .rule = "must be odd"}), "k: must be odd");
  EXPECT_EQ(message_of({.place = "a.csv", .rule = "is empty", .remedy = "give rows"}), "a.csv: is empty; give rows");
}

TEST(Error, AFrontEndSpellsFieldAndReferences) {
  const Fault fault{.field = "mu", .value = "2", .rule = "must be at most 1", .remedy = "set `mu=0.5` or drop `mu`"};
  EXPECT_EQ(message_of(fault, as_flag), "--mu 2: must be at most 1; set --mu 0.5 or drop --mu");
}

TEST(Error, TextThatIsNoReferenceStays) {
  EXPECT_EQ(spell_options("one ` alone", as_flag), "one ` alone");
  EXPECT_EQ(spell_options("see `unknown=1`.", as_flag), "see `unknown=1`.");
  EXPECT_EQ(spell_options("", as_flag), "");
  EXPECT_EQ(spell_options("`a``b=`", as_flag), "--a--b");
}

}  // namespace
}  // namespace holdfast
