#include "holdfast/report/text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace holdfast::report {
namespace {

Record noise(const char* kind, double snr) {
  Record record;
  record.add("kind", kind, {.format = "<8"}).add("snr_db", snr, {.format = ">5g", .unit = "dB"});
  record.say("  {kind} noise {snr_db}");
  return record;
}

TEST(Text, ARecordWithATitleListsItsLabelledFields) {
  Record record("retrieval");
  record.add("recall", 0.98765, {.label = "recall@1", .format = ".4f"}).add("hidden", 3);
  record.add("eps", 0.00001, {.label = "at", .format = figure_format, .unit = "mm"}).say("  ({hidden} left out)");
  EXPECT_EQ(to_text(record), "retrieval: recall@1 0.9877, at 1e-05 mm\n  (3 left out)\n");
}

TEST(Text, LinesAreFilledIn) {
  Record record;
  record.add("n", 3).add("name", "{n}").say("{n} rows of {name}, {unknown} and {").say("");
  EXPECT_EQ(to_text(record), "3 rows of {n}, {unknown} and {\n\n");
}

TEST(Text, ALineOfRecordsBecomesTheirText) {
  Record record;
  record.add("noise", Value::List{noise("gaussian", 10.0), noise("uniform", 2.5)});
  record.add("inner", Record("inner").add("a", 1, {.label = "a"})).add("no", Value::List());
  record.say("{noise}").say("{no}").say("{inner}");
  EXPECT_EQ(to_text(record), "  gaussian noise    10 dB\n  uniform  noise   2.5 dB\ninner: a 1\n");
}

TEST(Text, ValuesOfEveryType) {
  EXPECT_EQ(to_text(Value()), "n/a");
  EXPECT_EQ(to_text(Value(std::optional<double>()), {.format = ">7.4f", .unit = "s"}), "n/a");
  EXPECT_EQ(to_text(Value(true)), "yes");
  EXPECT_EQ(to_text(Value(false)), "no");
  EXPECT_EQ(to_text(Value(Index{12}), {.format = ">4"}), "  12");
  EXPECT_EQ(to_text(Value(0.5)), "0.5");
  EXPECT_EQ(to_text(Value(std::vector<double>{0.5, 0.25}), {.format = ".1f", .unit = "s"}), "0.5, 0.2 s");
}

TEST(Text, FiguresOfTables) {
  EXPECT_EQ(figure(0.0), "0.0000");
  EXPECT_EQ(figure(0.12345), "0.1235");
  EXPECT_EQ(figure(0.00012346), "0.0001235");
  EXPECT_EQ(figure(-0.001), "-0.0010");
  EXPECT_EQ(figure(0.000999), "0.000999");
  EXPECT_EQ(figure(99999.0), "99999.0000");
  EXPECT_EQ(figure(1e5), "1e+05");
  EXPECT_EQ(figure(123456.0), "1.235e+05");
  EXPECT_EQ(figure(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(figure(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_EQ(figure(std::numeric_limits<double>::quiet_NaN()), "nan");
}

}  // namespace
}  // namespace holdfast::report
