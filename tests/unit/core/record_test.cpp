#include "holdfast/core/record.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::Pair;

Record sample() {
  Record record;
  record.add("rows", 12).add("name", "wine").add("share", 0.5).add("done", true);
  record.add("seed", std::numeric_limits<std::uint64_t>::max());
  record.add("columns", std::vector<std::string>{"a", "b"});
  record.add("derived", std::vector<std::pair<std::string, double>>{{"weight", 2.0}});
  return record;
}

TEST(Record, GivesBackWhatWasAdded) {
  const Record record = sample();
  EXPECT_EQ(record.get<Index>("rows"), 12);
  EXPECT_EQ(record.get<std::string>("name"), "wine");
  EXPECT_EQ(record.get<double>("share"), 0.5);
  EXPECT_TRUE(record.get<bool>("done"));
  EXPECT_EQ(record.get<std::uint64_t>("seed"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_THAT(record.get<std::vector<std::string>>("columns"), ElementsAre("a", "b"));
  EXPECT_THAT((record.get<std::vector<std::pair<std::string, double>>>("derived")), ElementsAre(Pair("weight", 2.0)));
  EXPECT_EQ(record.get<Record>("derived").get<double>("weight"), 2.0);
}

TEST(Record, FieldsKeepTheirOrder) {
  std::vector<std::string> names;
  const Record record = sample();
  for (const Field& field : record.fields()) names.push_back(field.name);
  EXPECT_THAT(names, ElementsAre("rows", "name", "share", "done", "seed", "columns", "derived"));
  EXPECT_EQ(record.find("rows")->value, Value(12));
  EXPECT_EQ(record.find("row"), nullptr);
}

TEST(Record, WholeNumbersConvertWhereTheyFit) {
  Record record;
  record.add("small", std::uint64_t{3}).add("large", std::numeric_limits<std::uint64_t>::max()).add("negative", -1);
  EXPECT_EQ(record.get<Index>("small"), 3);
  EXPECT_EQ(record.get<double>("negative"), -1.0);
  EXPECT_EQ(record.get<double>("small"), 3.0);
  EXPECT_THROW((void)record.get<Index>("large"), std::invalid_argument);
  EXPECT_THROW((void)record.get<std::uint64_t>("negative"), std::invalid_argument);
}

TEST(Record, AnEntryThatIsMissingOrOfAnotherTypeIsNamed) {
  const Record record = sample();
  const auto error = [](auto&& body) {
    try {
      body();
    } catch (const std::invalid_argument& fault) {
      return std::string(fault.what());
    }
    return std::string();
  };
  EXPECT_EQ(error([&] { (void)record.get<Index>("n"); }), "the entry \"n\" is missing");
  EXPECT_EQ(error([&] { (void)record.get<Index>("name"); }), "the entry \"name\" is of another type");
  EXPECT_EQ(error([&] { (void)record.get<bool>("rows"); }), "the entry \"rows\" is of another type");
  EXPECT_EQ(error([&] { (void)record.get<std::string>("rows"); }), "the entry \"rows\" is of another type");
  EXPECT_EQ(error([&] { (void)record.get<Record>("rows"); }), "the entry \"rows\" is of another type");
  EXPECT_EQ(error([&] { (void)record.get<std::vector<Index>>("columns"); }),
            "the entry \"columns\" is of another type");
}

TEST(Record, AppendedFieldsFollow) {
  Record record = sample();
  record.append(Record("title").add("k", 3).say("a line"));
  EXPECT_EQ(record.fields().back().name, "k");
  EXPECT_TRUE(record.lines().empty());
  EXPECT_EQ(record.title(), "");
}

TEST(Record, IsEqualIfNamesValuesAndTheirOrderAre) {
  EXPECT_EQ(Record("title").add("a", 1, {.label = "a"}).say("line"), Record().add("a", 1));
  EXPECT_FALSE(Record().add("a", 1) == Record().add("a", 2));
  EXPECT_FALSE(Record().add("a", 1) == Record().add("b", 1));
  EXPECT_FALSE(Record().add("a", 1) == Record().add("a", 1).add("b", 1));
  EXPECT_FALSE(Record().add("a", 1).add("b", 1) == Record().add("b", 1).add("a", 1));
}

TEST(Record, AnOptionalWithoutAValueIsNothing) {
  EXPECT_EQ(Value(std::optional<double>()), Value());
  EXPECT_EQ(Value(std::optional<double>(2.0)), Value(2.0));
  EXPECT_NE(Value(2.0), Value(Index{2}));
}

}  // namespace
}  // namespace holdfast
