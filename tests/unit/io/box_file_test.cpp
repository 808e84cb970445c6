#include "holdfast/io/box_file.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "holdfast/core/error.hpp"
#include "reference/messages.hpp"

namespace holdfast::io {
namespace {

using testing::HasSubstr;

class BoxFileTest : public testing::Test {
 protected:
  std::vector<BoxLine> read(const std::string& text) const {
    std::ofstream(file_) << text;
    return read_box(file_);
  }
  std::string message(const std::string& text) const {
    return reference::message_of([&] { return read(text); });
  }
  void TearDown() override { std::filesystem::remove(file_); }

  std::filesystem::path file_ = std::filesystem::temp_directory_path() /
                                ("holdfast-box-" + std::to_string(testing::UnitTest::GetInstance()->random_seed()) +
                                 testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv");
};

TEST_F(BoxFileTest, ReadsColumnsByName) {
  const auto lines = read("upper,note,column,lower\n9,x,age,0.5\n,y,\"a,b\",\n\n1e3,,#4,-1\n");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].line, 2);
  EXPECT_EQ(lines[0].column, "age");
  EXPECT_EQ(lines[0].lower, 0.5);
  EXPECT_EQ(lines[0].upper, 9.0);
  EXPECT_EQ(lines[1].column, "a,b");
  EXPECT_TRUE(std::isinf(lines[1].lower) && lines[1].lower < 0.0);
  EXPECT_TRUE(std::isinf(lines[1].upper) && lines[1].upper > 0.0);
  EXPECT_EQ(lines[2].line, 5);
  EXPECT_EQ(lines[2].upper, 1000.0);
}

TEST_F(BoxFileTest, RefusesOtherFiles) {
  EXPECT_THAT(message(""), HasSubstr("is empty"));
  EXPECT_THAT(message("column,lower\nage,1\n"), HasSubstr(":1:1: has no column \"upper\""));
  EXPECT_THAT(message("column,lower,upper\nage,1,two\n"), HasSubstr(":2:3: \"two\" is no limit"));
  EXPECT_THAT(message("column,lower,upper\nage,nan,2\n"), HasSubstr(":2:2: \"nan\" is no limit"));
  EXPECT_THAT(message("column,lower,upper\nage,1\n"), HasSubstr(":2:3: the line has 2 fields; the header has 3"));
  EXPECT_THAT(message("column,lower,upper\n,1,2\n"), HasSubstr(":2:1: no column is named"));
  EXPECT_THAT(message("column,lower,upper\nage,2,2\n"), HasSubstr("the lower limit 2 is not below the upper one, 2"));
}

}  // namespace
}  // namespace holdfast::io
