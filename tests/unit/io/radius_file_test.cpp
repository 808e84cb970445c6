#include "holdfast/io/radius_file.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "holdfast/core/error.hpp"
#include "reference/messages.hpp"

namespace holdfast::io {
namespace {

class RadiusFileTest : public testing::Test {
 protected:
  std::vector<RadiusLine> read(const std::string& text) const {
    std::ofstream(file_) << text;
    return read_radii(file_, 10);
  }
  void TearDown() override { std::filesystem::remove(file_); }

  std::filesystem::path file_ = std::filesystem::temp_directory_path() /
                                ("holdfast-radii-" + std::to_string(testing::UnitTest::GetInstance()->random_seed()) +
                                 testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv");
};

TEST_F(RadiusFileTest, ReadsColumnsByName) {
  const auto lines =
      read("method,radius,row,label,predicted,norm,model\nbound,0.25,3,\"a,b\",c,linf,m\nexact,inf,9,x,x,l2,n\n");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].line, 2);
  EXPECT_EQ(lines[0].row, 3);
  EXPECT_EQ(lines[0].label, "a,b");
  EXPECT_EQ(lines[0].predicted, "c");
  EXPECT_EQ(lines[0].norm, "linf");
  EXPECT_EQ(lines[0].method, "bound");
  EXPECT_EQ(lines[0].radius, 0.25);
  EXPECT_EQ(lines[0].space, "");
  EXPECT_EQ(lines[0].model, "m");
  EXPECT_TRUE(std::isinf(lines[1].radius));
}

TEST_F(RadiusFileTest, AFileOfAttacksHasNoMethod) {
  const auto lines = read("row,label,predicted,norm,radius,adversarial_label,space\n0,a,a,l2,1.5,b,raw\n");
  EXPECT_EQ(lines[0].method, "attack");
  EXPECT_EQ(lines[0].space, "raw");
}

TEST_F(RadiusFileTest, RefusesWhatIsNotOne) {
  const std::string header = "row,label,predicted,norm,method,radius\n";
  for (const std::string& text :
       {std::string(), std::string("row,label,predicted,norm,radius\n0,a,a,l2,1\n"), header,
        header + "0,a,a,l2,bound\n", header + "10,a,a,l2,bound,1\n", header + "-1,a,a,l2,bound,1\n",
        header + "x,a,a,l2,bound,1\n", header + "0,a,a,l2,bound,\n", header + "0,a,a,l2,bound,nan\n",
        header + "0,a,a,l2,bound,-inf\n"}) {
    EXPECT_THROW((void)read(text), InputError) << text;
  }
}

TEST_F(RadiusFileTest, RefusesRadiiOfSearches) {
  EXPECT_THAT(reference::message_of([&] { return read("row,label,norm,method,radius,space,nearest,same_row\n"); }),
              testing::HasSubstr("is a file of searches among the rows (retrieval), whose radii have no check"));
}

}  // namespace
}  // namespace holdfast::io
