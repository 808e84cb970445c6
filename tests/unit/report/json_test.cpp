#include "holdfast/report/json.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace holdfast::report {
namespace {

Record sample() {
  Record record("title");
  record.add("method", "lmnn", {.label = "method"}).add("n", 3).add("accuracy", 0.1).add("zero", 0.0).add("yes", true);
  record.add("seed", std::numeric_limits<std::uint64_t>::max()).add("none", std::optional<double>());
  record.add("names", std::vector<std::string>{"a", "\""}).add("noise", Value::List{Record().add("snr_db", 10.0)});
  record.say("a line");
  return record;
}

TEST(Json, FieldsInOrderWithoutWhatIsForPeople) {
  EXPECT_EQ(to_json(sample()),
            R"({"method":"lmnn","n":3,"accuracy":0.1,"zero":0.0,"yes":true,"seed":18446744073709551615,"none":null,)"
            R"("names":["a","\""],"noise":[{"snr_db":10.0}]})");
}

TEST(Json, IndentedOnRequest) { EXPECT_EQ(to_json(Record().add("n", 3), 2), "{\n  \"n\": 3\n}"); }

TEST(Json, NumbersThatAreNotFiniteAreNull) {
  const Record record = Record()
                            .add("infinite", std::numeric_limits<double>::infinity())
                            .add("nan", std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(to_json(record), R"({"infinite":null,"nan":null})");
}

TEST(Json, ComesBackAsItWas) {
  const Record record = sample();
  EXPECT_EQ(from_json(to_json(record)), record);
  EXPECT_EQ(from_json("{}"), Record());
  EXPECT_EQ(from_json(R"({"a":-1,"b":[]})"), Record().add("a", -1).add("b", Value::List()));
}

TEST(Json, TextThatIsNoObjectIsRefused) {
  for (const char* text : {"", "{", "[]", "3", "null", R"({"a":})"}) {
    EXPECT_THROW((void)from_json(text), std::invalid_argument) << text;
  }
}

TEST(Json, DeepNestingIsRefused) {
  const auto nested = [](int levels) {
    return R"({"a":)" + std::string(static_cast<std::size_t>(levels), '[') +
           std::string(static_cast<std::size_t>(levels), ']') + "}";
  };
  EXPECT_NO_THROW((void)from_json(nested(60)));
  EXPECT_THROW((void)from_json(nested(100)), std::invalid_argument);
  EXPECT_THROW((void)from_json(nested(100'000)), std::invalid_argument);
}

}  // namespace
}  // namespace holdfast::report
