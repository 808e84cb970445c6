#include "holdfast/io/radius_file.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <limits>

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

TEST_F(RadiusFileTest, ReadsPoisoning) {
  const std::string header = "row,label,predicted,norm,method,radius,insertions,deletions,relabelings\n";
  const auto lines = read(header + "0,a,a,l2,bound,1,2,inf,3\n");
  ASSERT_TRUE(lines[0].poisoning.has_value());
  EXPECT_EQ(lines[0].poisoning->insertions, 2);
  EXPECT_EQ(lines[0].poisoning->deletions, std::numeric_limits<Index>::max());
  EXPECT_EQ(lines[0].poisoning->relabelings, 3);
  EXPECT_FALSE(read("row,label,predicted,norm,method,radius\n0,a,a,l2,bound,1\n")[0].poisoning.has_value());
  const auto message = [&](const std::string& text) { return reference::message_of([&] { (void)read(text); }); };
  for (const char* wrong : {"-1", "1.5", "", "none"}) {
    EXPECT_THAT(message(header + "0,a,a,l2,bound,1,2," + wrong + ",3\n"),
                testing::AllOf(testing::HasSubstr(":2:8: "), testing::HasSubstr("is no number of rows")));
  }
  EXPECT_THAT(message("row,label,predicted,norm,method,radius,insertions\n"),
              testing::HasSubstr("has no column \"deletions\"; the three columns of poisoning stand together"));
}

TEST_F(RadiusFileTest, KnowsItsSubject) {
  const auto subject = [&](const std::string& text) {
    std::ofstream(file_) << text;
    return subject_of_radii(file_);
  };
  EXPECT_EQ(subject("row,label,predicted,norm,method,radius\n"), RadiusSubject::predictions);
  EXPECT_EQ(subject("row,label,predicted,norm,method,radius,space,nearest,same_row\n"), RadiusSubject::searches);
  EXPECT_EQ(subject("first,second,label\n"), RadiusSubject::pairs);
  EXPECT_THROW((void)subject(""), InputError);
}

TEST_F(RadiusFileTest, ReadsSearches) {
  const auto searches = [&](const std::string& text) {
    std::ofstream(file_) << text;
    return read_search_radii(file_, 10);
  };
  const std::string header = "row,label,predicted,norm,method,radius,space,nearest,same_row\n";
  const auto lines = searches(header + "1,a,b,l2,exact,0.5,raw,2,0.25\n3,c,a,l1,bound,,raw,4,inf\n");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].line, 2);
  EXPECT_EQ(lines[0].row, 1);
  EXPECT_EQ(lines[0].label, "a");
  EXPECT_EQ(lines[0].predicted, "b");
  EXPECT_EQ(lines[0].method, "exact");
  EXPECT_EQ(lines[0].radius, 0.5);
  EXPECT_EQ(lines[0].space, "raw");
  EXPECT_EQ(lines[0].nearest, 2);
  EXPECT_EQ(lines[0].same_row, 0.25);
  EXPECT_EQ(lines[1].norm, "l1");
  EXPECT_FALSE(lines[1].radius.has_value());
  EXPECT_TRUE(std::isinf(lines[1].same_row));
  const auto message = [&](const std::string& text) { return reference::message_of([&] { (void)searches(text); }); };
  EXPECT_THAT(message("row,label,predicted,norm,method,radius,space,same_row\n"),
              testing::HasSubstr(":1:1: has no column \"nearest\""));
  EXPECT_THAT(message(header + "1,a,b,l2,exact,0.5,raw,10,0.25\n"),
              testing::HasSubstr(":2:8: \"10\" is no row of the test data"));
  EXPECT_THAT(message(header + "1,a,b,l2,exact,0.5,raw,2,\n"), testing::HasSubstr(":2:9: \"\" is not a radius"));
  EXPECT_THAT(message(header + "1,a,b,l2,exact,nan,raw,2,1\n"), testing::HasSubstr(":2:6: \"nan\" is not a radius"));
  EXPECT_THAT(message(header), testing::HasSubstr("holds no radii"));
}

TEST_F(RadiusFileTest, ReadsPairs) {
  const auto pairs = [&](const std::string& text) {
    std::ofstream(file_) << text;
    return read_pair_radii(file_, 10);
  };
  const std::string header = "first,second,label,decision,distance,norm,method,radius,space,threshold,move\n";
  const auto lines = pairs(header + "1,2,-1,same,0.5,l2,exact,0.25,raw,0.75,both\n");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].line, 2);
  EXPECT_EQ(lines[0].first, 1);
  EXPECT_EQ(lines[0].second, 2);
  EXPECT_FALSE(lines[0].similar);
  EXPECT_TRUE(lines[0].same);
  EXPECT_EQ(lines[0].distance, 0.5);
  EXPECT_EQ(lines[0].norm, "l2");
  EXPECT_EQ(lines[0].method, "exact");
  EXPECT_EQ(lines[0].radius, 0.25);
  EXPECT_EQ(lines[0].space, "raw");
  EXPECT_EQ(lines[0].threshold, 0.75);
  EXPECT_EQ(lines[0].move, "both");
  const auto message = [&](const std::string& text) { return reference::message_of([&] { (void)pairs(text); }); };
  EXPECT_THAT(message("first,second,label,decision,distance,norm,method,radius,space\n"),
              testing::HasSubstr(":1:1: has no column \"threshold\""));
  EXPECT_THAT(message(header + "1,10,1,same,0.5,l2,exact,1,raw,1,one\n"),
              testing::HasSubstr(":2:2: \"10\" is no row of the test data"));
  EXPECT_THAT(message(header + "1,2,2,same,0.5,l2,exact,1,raw,1,one\n"),
              testing::HasSubstr(":2:3: \"2\" must be 1 or -1"));
  EXPECT_THAT(message(header + "1,2,1,equal,0.5,l2,exact,1,raw,1,one\n"),
              testing::HasSubstr(":2:4: \"equal\" must be same or different"));
  EXPECT_THAT(message(header + "1,2,1,same,far,l2,exact,1,raw,1,one\n"),
              testing::HasSubstr(":2:5: \"far\" is not a distance"));
  EXPECT_THAT(message(header + "1,2,1,same,0.5,l2,exact,1,raw,-1,one\n"),
              testing::HasSubstr(":2:10: \"-1\" is not a threshold"));
}

}  // namespace
}  // namespace holdfast::io
