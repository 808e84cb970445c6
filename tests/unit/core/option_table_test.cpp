#include "holdfast/core/option_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "holdfast/core/error.hpp"
#include "reference/messages.hpp"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

enum class Color { red, green, blue };

struct Inner {
  double margin = 0.5;
  std::optional<double> strength;
};

struct Sample {
  bool flip = false;
  Index count = 3;
  double share = 0.25;
  std::string device = "auto";
  std::filesystem::path file;
  Color color = Color::green;
  Inner inner;
  Derivables noise;
};

const OptionTable<Inner>& inner_options() {
  static const OptionTable<Inner> table = {
      {{.name = "margin", .bound = at_least(0.0)}, &Inner::margin},
      {{.name = "strength", .bound = above(0.0)}, &Inner::strength},
  };
  return table;
}

const OptionTable<Sample>& sample_options() {
  static const OptionTable<Sample> table =
      OptionTable<Sample>{
          {flag("flip", "mirror"), &Sample::flip},
          {count("count", "how many", at_least(1), SearchRange{.low = 1, .high = 9}), &Sample::count},
          {number("share", "which part", between(0.0, 1.0)), [](auto& s) -> decltype(auto) { return (s.share); }},
          {{.name = "device", .in_fingerprint = false}, &Sample::device},
          {word("file", "where to", "FILE"), &Sample::file},
          {{.name = "color"},
           &Sample::color,
           {{"red", Color::red}, {"green", Color::green}, {"blue", Color::blue}},
           [](const Sample& s) { return s.share > 0.0; }},
      }
          .nest(&Sample::inner, inner_options(), [](const Sample& s) { return s.color == Color::red; })
          .add({{{.name = "noise",
                  .form = "must be off, WEIGHT or WEIGHT,LEVEL",
                  .parts = {{.name = "weight", .bound = at_least(0.0)}, {.name = "level", .bound = above(0.0)}},
                  .kind = OptionKind::derivables},
                 [](const Sample& s) -> std::optional<OptionValue> { return s.noise; },
                 [](Sample& s, const OptionValue& value) { s.noise = std::get<Derivables>(value); }}});
  return table;
}

const OptionInfo& info_of(std::string_view name) { return *sample_options().find(name); }

OptionSet set_of_all() {
  return {{"flip", true},    {"count", 7},      {"share", 0.5},
          {"device", "cpu"}, {"file", "a b"},   {"color", "red"},
          {"margin", 0.125}, {"strength", 2.0}, {"noise", Derivables{3.0, Derivable::times(0.1)}}};
}

TEST(OptionTable, KindsFollowFromTheFields) {
  std::vector<OptionKind> kinds;
  for (const OptionInfo& info : sample_options().options()) kinds.push_back(info.kind);
  EXPECT_THAT(kinds, ElementsAre(OptionKind::flag, OptionKind::whole_number, OptionKind::number, OptionKind::text,
                                 OptionKind::text, OptionKind::text, OptionKind::number, OptionKind::number,
                                 OptionKind::derivables));
  EXPECT_THAT(info_of("color").choices, ElementsAre("red", "green", "blue"));
  EXPECT_EQ(info_of("count").search->high, 9.0);
  EXPECT_EQ(sample_options().find("colour"), nullptr);
}

TEST(OptionTable, ValuesThatAreAppliedComeBack) {
  const Sample sample = sample_options().apply(set_of_all());
  EXPECT_TRUE(sample.flip);
  EXPECT_EQ(sample.count, 7);
  EXPECT_EQ(sample.share, 0.5);
  EXPECT_EQ(sample.color, Color::red);
  EXPECT_EQ(sample.inner.margin, 0.125);
  EXPECT_EQ(sample.inner.strength, 2.0);
  EXPECT_EQ(sample_options().values(sample), set_of_all());
}

TEST(OptionTable, TextsParseToTheSameValues) {
  for (const auto& [name, value] : set_of_all()) {
    EXPECT_EQ(parse_option(info_of(name), text_of(value)), value) << name;
  }
  EXPECT_EQ(parse_option(info_of("noise"), "off"), OptionValue(Derivables{}));
  EXPECT_EQ(parse_option(info_of("noise"), "auto"), OptionValue(Derivables(2)));
  EXPECT_EQ(parse_option(info_of("noise"), "auto*0.5,auto"), OptionValue(Derivables{Derivable::times(0.5), {}}));
  EXPECT_EQ(parse_option(info_of("noise"), "10"), OptionValue(Derivables{10.0, {}}));
}

TEST(OptionTable, GivenValuesStandOnTheDefaultsOfTheBase) {
  Sample base;
  base.share = 0.75;
  const Sample sample = sample_options().apply({{"count", 5}, {"unknown", 1}}, base);
  EXPECT_EQ(sample.count, 5);
  EXPECT_EQ(sample.share, 0.75);
  EXPECT_EQ(sample_options().apply({{"share", 1}}).share, 1.0) << "a whole number for a number";
}

TEST(OptionTable, ValuesInEffectLeaveOutTheOthersAndTheAbsent) {
  const auto names = [](const OptionSet& set) {
    std::vector<std::string> list;
    for (const auto& [name, value] : set) list.push_back(name);
    return list;
  };
  EXPECT_THAT(names(sample_options().resolve({})),
              ElementsAre("flip", "count", "share", "device", "file", "color", "noise"));
  EXPECT_THAT(names(sample_options().resolve({{"share", 0.0}})),
              ElementsAre("flip", "count", "share", "device", "file", "noise"));
  EXPECT_THAT(names(sample_options().resolve({{"color", "red"}})),
              ElementsAre("flip", "count", "share", "device", "file", "color", "margin", "noise"));
  EXPECT_THAT(names(sample_options().fingerprint(Sample{})),
              ElementsAre("flip", "count", "share", "file", "color", "noise"));
}

TEST(OptionTable, OptionsWithoutEffectAreNamed) {
  EXPECT_THAT(sample_options().without_effect({{"margin", 0.1}, {"count", 2}, {"colour", "red"}}),
              ElementsAre("margin", "colour"));
  EXPECT_THAT(sample_options().without_effect({{"margin", 0.1}, {"color", "red"}, {"strength", 1.0}}), IsEmpty());
  Sample red;
  red.color = Color::red;
  EXPECT_THAT(sample_options().without_effect({{"margin", 0.1}}, red), IsEmpty());
}

TEST(OptionTable, ValuesOutOfBoundsAreRefused) {
  const auto refusal_of = [](const OptionSet& given) {
    return reference::message_of([&] { sample_options().validate(sample_options().apply(given)); });
  };
  EXPECT_EQ(refusal_of({}), "no error");
  EXPECT_EQ(refusal_of(set_of_all()), "no error");
  EXPECT_EQ(refusal_of({{"count", 0}}), "count 0: must be at least 1");
  EXPECT_EQ(refusal_of({{"share", 1.5}}), "share 1.5: must be between 0 and 1");
  EXPECT_EQ(refusal_of({{"share", std::nan("")}}), "share nan: must be between 0 and 1");
  EXPECT_EQ(refusal_of({{"margin", -0.5}}), "margin -0.5: must be at least 0");
  EXPECT_EQ(refusal_of({{"margin", std::numeric_limits<double>::infinity()}}), "margin inf: must be at least 0");
  EXPECT_EQ(refusal_of({{"strength", 0.0}}), "strength 0: must be a number above 0");
  EXPECT_EQ(refusal_of({{"noise", Derivables{-1.0, {}}}}), "noise_weight -1: must be at least 0");
  EXPECT_EQ(refusal_of({{"noise", Derivables{{}, Derivable::times(0.0)}}}),
            "noise_level auto*0: the factor must be a number above 0");
  EXPECT_EQ(refusal_of({{"color", "pink"}}), "color \"pink\": must be one of red, green, blue");
}

TEST(OptionTable, ValuesOfAnotherKindAreRefused) {
  const auto refusal_of = [](const OptionSet& given) {
    return reference::message_of([&] { (void)sample_options().apply(given); });
  };
  EXPECT_EQ(refusal_of({{"flip", 1}}), "flip \"1\": must be yes or no");
  EXPECT_EQ(refusal_of({{"count", 0.5}}), "count \"0.5\": must be a whole number");
  EXPECT_EQ(refusal_of({{"share", "x"}}), "share \"x\": must be a number");
  EXPECT_EQ(refusal_of({{"device", 3}}), "device \"3\": must be a text");
  EXPECT_EQ(refusal_of({{"noise", 1.0}}), "noise \"1\": must be off, WEIGHT or WEIGHT,LEVEL");
  EXPECT_EQ(refusal_of({{"noise", Derivables(3)}}), "noise \"auto,auto,auto\": must be off, WEIGHT or WEIGHT,LEVEL");
}

TEST(OptionTable, TextsThatAreNoValueAreRefused) {
  const auto refusal_of = [](std::string_view name, std::string_view text) {
    return reference::message_of([&] { (void)parse_option(info_of(name), text); });
  };
  EXPECT_EQ(refusal_of("flip", "true"), "flip \"true\": must be yes or no");
  EXPECT_EQ(refusal_of("count", "1.0"), "count \"1.0\": must be a whole number");
  EXPECT_EQ(refusal_of("share", "0,5"), "share \"0,5\": must be a number");
  EXPECT_EQ(refusal_of("color", ""), "color \"\": must be one of red, green, blue");
  for (const char* text : {"", "none", "10,", ",1", "auto*", "auto*x", "1,2,3", "10 0.5"}) {
    EXPECT_EQ(refusal_of("noise", text), "noise \"" + std::string(text) + "\": must be off, WEIGHT or WEIGHT,LEVEL");
  }
}

TEST(OptionTable, ErrorsAreData) {
  try {
    sample_options().validate(sample_options().apply({{"count", -2}}));
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_EQ(error.fault().field, "count");
    EXPECT_EQ(error.fault().value, "-2");
    EXPECT_EQ(error.fault().rule, "must be at least 1");
  }
}

TEST(OptionValue, HasAKindAndAText) {
  EXPECT_EQ(kind_of(true), OptionKind::flag);
  EXPECT_EQ(kind_of(3), OptionKind::whole_number);
  EXPECT_EQ(kind_of(0.5), OptionKind::number);
  EXPECT_EQ(kind_of("cosine"), OptionKind::text);
  EXPECT_EQ(kind_of(Derivables{}), OptionKind::derivables);
  EXPECT_EQ(text_of(OptionValue(false)), "no");
  EXPECT_EQ(text_of(OptionValue(-3)), "-3");
  EXPECT_EQ(text_of(OptionValue(1e-10)), "1e-10");
  EXPECT_EQ(text_of(OptionValue("cosine")), "cosine");
  EXPECT_EQ(text_of(OptionValue(Derivables{})), "off");
  EXPECT_EQ(text_of(OptionValue(Derivables{{}, 0.25, Derivable::times(0.1)})), "auto,0.25,auto*0.1");
}

TEST(OptionSet, KeepsTheOrderAndReplaces) {
  OptionSet set = {{"mu", 0.2}, {"rank", 3}};
  set.set("basis", 7);
  set.set("mu", 0.9);
  std::string names;
  for (const auto& [name, value] : set) names += name + "=" + text_of(value) + " ";
  EXPECT_EQ(names, "mu=0.9 rank=3 basis=7 ");
  set.erase("rank");
  EXPECT_EQ(set, (OptionSet{{"mu", 0.9}, {"basis", 7}}));
  EXPECT_NE(set, (OptionSet{{"mu", 0.8}, {"basis", 7}}));
  EXPECT_EQ(set.find("rank"), nullptr);
  EXPECT_EQ(*set.find("basis"), OptionValue(7));
}

}  // namespace
}  // namespace holdfast
