#include "holdfast/table/schema.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

namespace holdfast::table {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Schema people() {
  Schema schema{.header = true, .columns = {}};
  schema.columns.push_back({.name = "id", .role = Role::id});
  schema.columns.push_back({.name = "age", .fill = 40.0});
  schema.columns.push_back({.name = "member", .type = ColumnType::boolean, .categories = {"no", "yes"}});
  schema.columns.push_back({.name = "work", .type = ColumnType::categorical, .categories = {"a", "b", "c"}});
  schema.columns.push_back({.name = "side", .type = ColumnType::categorical, .categories = {"left", "right"}});
  schema.columns.push_back({.name = "class", .role = Role::label});
  return schema;
}

TEST(Schema, ThreeCategoriesBecomeThreeFeaturesAndTwoBecomeOne) {
  const Schema schema = people();
  EXPECT_EQ(schema.dimension(), 6);
  EXPECT_THAT(schema.feature_names(), ElementsAre("age", "member", "work=a", "work=b", "work=c", "side"));
  EXPECT_THAT(schema.encoded(), ElementsAre(false, true, true, true, true, true));
  EXPECT_EQ(schema.label()->name, "class");
}

TEST(Schema, FeaturesWithoutNamesAreNumberedIfSomeAreEncoded) {
  Schema schema;
  schema.columns.resize(2);
  EXPECT_THAT(schema.feature_names(), IsEmpty());
  EXPECT_EQ(schema.label(), nullptr);
  schema.columns[1] = {.type = ColumnType::categorical, .categories = {"a", "b", "c"}};
  EXPECT_THAT(schema.feature_names(), ElementsAre("#1", "#2=a", "#2=b", "#2=c"));
  EXPECT_EQ(column_name("", 1), "#2");
}

TEST(Schema, BooleanWordsAreFoundInAnyCase) {
  const Schema schema = people();
  EXPECT_EQ(schema.columns[2].find_category("YES"), 1);
  EXPECT_EQ(schema.columns[3].find_category("b"), 1);
  EXPECT_EQ(schema.columns[3].find_category("B"), std::nullopt);
  EXPECT_THAT(boolean_categories({"True", "FALSE"}), ElementsAre("false", "true"));
  EXPECT_THAT(boolean_categories({"no"}), ElementsAre("no", "yes"));
  EXPECT_THAT(boolean_categories({"no", "true"}), IsEmpty());
  EXPECT_THAT(boolean_categories({}), IsEmpty());
}

TEST(Schema, IsWhatItsRecordSays) {
  const Schema schema = people();
  EXPECT_EQ(schema_of(describe(schema)), schema);
  EXPECT_EQ(schema_of(describe(Schema())), Schema());
}

TEST(Schema, RefusesRecordsThatAreNone) {
  const auto with = [](const Column& column) {
    Schema schema;
    schema.columns.push_back(column);
    return describe(schema);
  };
  EXPECT_THROW(static_cast<void>(schema_of(Record())), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(schema_of(with({.type = ColumnType::categorical, .categories = {"a"}}))),
               std::invalid_argument);
  EXPECT_THROW(static_cast<void>(schema_of(with({.type = ColumnType::numeric, .categories = {"a"}}))),
               std::invalid_argument);
}

}  // namespace
}  // namespace holdfast::table
