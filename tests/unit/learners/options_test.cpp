#include "holdfast/learners/options.hpp"

#include <gtest/gtest.h>

#include <set>

#include "reference/messages.hpp"

namespace holdfast::learners {
namespace {

TEST(Options, AreEachDescribedOnce) {
  std::set<std::string_view> names;
  for (const OptionInfo& info : all_options()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_FALSE(info.help.empty());
    EXPECT_EQ(&option(info.name), &info);
    EXPECT_FALSE(is_set({}, info));
    EXPECT_EQ(text_of({}, info), "");
  }
  EXPECT_THROW((void)option("mo"), std::invalid_argument);
}

TEST(Options, PerturbationTextsParseToThemselves) {
  for (const char* text : {"auto,auto", "off", "10,0.5", "auto*0.1,auto", "3,auto*2", "auto,0.25"}) {
    EXPECT_EQ(text_of(parse_perturbation(text)), text);
  }
  EXPECT_EQ(text_of(parse_perturbation("auto")), "auto,auto");
  EXPECT_EQ(text_of(parse_perturbation("10")), "10,auto");
  EXPECT_TRUE(parse_perturbation("off").is_off());
  EXPECT_FALSE(parse_perturbation("auto*0.5").is_off());
}

TEST(Options, APerturbationThatIsNoneSaysWhatWouldBeRight) {
  for (const char* text : {"", "none", "10,", ",1", "auto*", "auto*x", "1,2,3", "10 0.5"}) {
    EXPECT_EQ(reference::message_of([&] { (void)parse_perturbation(text); }),
              "--perturbation \"" + std::string(text) +
                  "\": must be auto, off, WEIGHT or WEIGHT,MARGIN, such as 10 or 10,0.5; either may be auto, or a "
                  "multiple of it such as auto*0.1");
  }
}

}  // namespace
}  // namespace holdfast::learners
