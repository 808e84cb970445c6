#include "holdfast/table/column_choice.hpp"

#include <gmock/gmock.h>

#include "reference/messages.hpp"

namespace holdfast::table {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> names = {"id", "x1", "x2", "y", "#2", "x*"};

TEST(ColumnChoice, TakesNamesPositionsRangesAndBeginnings) {
  EXPECT_THAT(choose_columns("y, id", names, "drop"), ElementsAre(0, 3));
  EXPECT_THAT(choose_columns("#1,#3-4", names, "drop"), ElementsAre(0, 2, 3));
  EXPECT_THAT(choose_columns("x1,#2-2,x1", names, "drop"), ElementsAre(1));
  EXPECT_THAT(choose_columns("", names, "drop"), IsEmpty());
}

TEST(ColumnChoice, AnExactNameWins) {
  EXPECT_THAT(choose_columns("#2", names, "drop"), ElementsAre(4));
  EXPECT_THAT(choose_columns("x*", names, "drop"), ElementsAre(5));
  EXPECT_THAT(choose_columns("x*", {"x1", "x2", "y"}, "drop"), ElementsAre(0, 1));
}

TEST(ColumnChoice, RefusesWhatIsNoColumn) {
  for (const char* text : {"z", "#0", "#7", "#3-2", "#1-9", "z*", "#x", "x1,,y"}) {
    EXPECT_THAT(reference::message_of([&] { return choose_columns(text, names, "drop"); }),
                HasSubstr("the table has 6 columns, and none is meant by that"))
        << text;
  }
  EXPECT_THAT(reference::message_of([&] {
                return choose_columns("z", {"", ""}, "id");
              }),
              HasSubstr("the columns have no names; give positions such as #1 or #2-5"));
}

}  // namespace
}  // namespace holdfast::table
