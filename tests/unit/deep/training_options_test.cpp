#include "holdfast/deep/training_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "holdfast/core/error.hpp"

namespace holdfast::deep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const Method& hybrid() { return *find_method("hybrid"); }

/// Options with which every option has an effect somewhere: each loss, geometry and divergence, and an adversary.
std::vector<TrainingOptions> contexts() {
  std::vector<OptionSet> given = {{}, {{"adversarial-training", "linf:0.1"}}};
  for (const Dissimilarity& geometry : geometries()) given.push_back({{"geometry", std::string(geometry.name)}});
  for (const Dissimilarity& divergence : divergences()) given.push_back({{"divergence", std::string(divergence.name)}});
  for (const Loss& loss : losses()) given.push_back({{"form", std::string(loss.name())}});
  std::vector<TrainingOptions> all;
  for (const OptionSet& set : given) all.push_back(training_options_of(hybrid(), set));
  return all;
}

/// Another value that the option takes.
OptionValue other_value(const OptionInfo& info, const OptionValue& value) {
  if (info.name == "adversarial-training") return "l2:0.5";
  if (info.name == "channels") return Index{3};
  if (info.kind == OptionKind::flag) return !std::get<bool>(value);
  if (info.kind == OptionKind::whole_number) return std::get<Index>(value) + 2;
  if (info.kind == OptionKind::number) return 0.4 * std::get<double>(value) + 0.13;
  if (!info.choices.empty())
    return value == OptionValue(info.choices.back()) ? info.choices.front() : info.choices.back();
  return std::get<std::string>(value) + "x";
}

TEST(TrainingOptions, EveryOptionIsInTheFingerprintUnlessItIsOneOfRunning) {
  const auto& table = training_options();
  std::set<std::string> seen;
  for (const TrainingOptions& options : contexts()) {
    for (const Option<TrainingOptions>& option : table.entries()) {
      const std::string& name = option.info().name;
      if (!option.in_effect(options)) continue;
      seen.insert(name);
      const bool is_running = name == "device" || name == "checkpoint" || name == "resume";
      const OptionSet changed =
          table.fingerprint(table.apply({{name, other_value(option.info(), option.get(options).value())}}, options));
      EXPECT_EQ(changed != table.fingerprint(options), !is_running) << name;
    }
  }
  for (const OptionInfo& info : table.options())
    EXPECT_TRUE(seen.count(info.name)) << info.name << " is never in effect";
}

TEST(TrainingOptions, NamesAreUniqueAndDescribed) {
  std::set<std::string> names;
  for (const OptionInfo& info : training_options().options()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_FALSE(info.help.empty()) << info.name;
    EXPECT_EQ(info.placeholder.empty(), info.kind == OptionKind::flag) << info.name;
  }
}

TEST(TrainingOptions, TextsOfValuesParseToTheSameValues) {
  const auto& table = training_options();
  for (const TrainingOptions& options : contexts()) {
    for (const auto& [name, value] : table.values(options)) {
      EXPECT_EQ(text_of(parse_option(*table.find(name), text_of(value))), text_of(value)) << name;
    }
  }
}

TEST(TrainingOptions, ParametersReachTheirDissimilarity) {
  const OptionSet given = {
      {"divergence", "renyi"}, {"renyi-order", 2.5}, {"geometry", "minkowski"}, {"minkowski-order", 3.0}};
  const MetricLossOptions loss = training_options_of(hybrid(), given).loss;
  EXPECT_EQ(loss.divergence.name, "renyi");
  EXPECT_EQ(loss.divergence.parameter->value, 2.5);
  EXPECT_EQ(loss.geometry.parameter->value, 3.0);
  EXPECT_THAT(options_without_effect(hybrid(), given), IsEmpty());
}

TEST(TrainingOptions, OptionsWithoutEffectAreListed) {
  EXPECT_THAT(
      options_without_effect(hybrid(), {{"renyi-order", 2.5}, {"minkowski-order", 3.0}, {"attack-steps", Index{3}}}),
      UnorderedElementsAre("renyi-order", "minkowski-order", "attack-steps"));
  EXPECT_THAT(options_without_effect(hybrid(), {{"distribution", "head"}, {"temperature", 0.2}}),
              ElementsAre("temperature"));
  EXPECT_THAT(options_without_effect(hybrid(), {{"form", "n-pair"}, {"margin", 0.5}, {"loss-temperature", 0.5}}),
              ElementsAre("margin"));
  EXPECT_THAT(options_without_effect(hybrid(), {{"validation", 0.0}, {"patience", Index{3}}}), ElementsAre("patience"));
  EXPECT_THAT(options_without_effect(*find_method("triplet"), {{"form", "n-pair"}, {"trade-off", 0.1}, {"mu", 0.5}}),
              UnorderedElementsAre("form", "trade-off", "mu"));
  EXPECT_EQ(training_options_of(*find_method("triplet"), {{"form", "n-pair"}}).loss.form.name(), "triplet");
  EXPECT_THAT(options_without_effect(*find_method("cross-entropy"), {{"geometry", "cosine"}, {"cross-entropy", 2.0}}),
              ElementsAre("geometry"));
}

TEST(TrainingOptions, TheLearningRateIsThatOfTheOptimizerUnlessGiven) {
  TrainingOptions options;
  EXPECT_EQ(resolved(options).learning_rate, 0.002);
  options.optimizer = Optimizer::sgd;
  EXPECT_EQ(resolved(options).learning_rate, 0.1);
  options.learning_rate = 0.5;
  EXPECT_EQ(resolved(options).learning_rate, 0.5);
}

TEST(TrainingOptions, RefusesValuesOutOfBounds) {
  const auto error_of = [](const OptionSet& given) -> std::string {
    try {
      validate(training_options_of(hybrid(), given));
    } catch (const InputError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(error_of({{"trade-off", 1.5}}), HasSubstr("trade-off 1.5: must be between 0 (divergence alone)"));
  EXPECT_THAT(error_of({{"divergence", "js2"}}), HasSubstr("divergence \"js2\": must be one of js, sqrt-js,"));
  EXPECT_THAT(error_of({{"divergence", "renyi"}, {"renyi-order", 1.0}}),
              HasSubstr("renyi-order 1: must be above 0 and not 1"));
  EXPECT_THAT(error_of({{"form", "quadruplet"}}), HasSubstr("form \"quadruplet\": must be one of triplet,"));
  EXPECT_THAT(error_of({{"mining", "easy"}}), HasSubstr("mining \"easy\": must be one of all, hard, semi-hard"));
  EXPECT_THAT(error_of({{"margin", -0.5}}), HasSubstr("margin -0.5: must be at least 0"));
  EXPECT_THAT(error_of({{"warm-up", 1.0}}), HasSubstr("warm-up 1: must be a share of all steps, below 1"));
  EXPECT_THAT(error_of({{"validation", 0.6}}), HasSubstr("validation 0.6: must be a share of the images, at most 0.5"));
  EXPECT_THAT(error_of({{"clip", -1.0}}), HasSubstr("clip -1: must be above 0, or 0 for no limit"));
  EXPECT_THAT(error_of({{"patience", Index{-1}}}), HasSubstr("patience -1: must be at least 0"));
  EXPECT_THAT(error_of({{"classes-per-batch", Index{1}}}), HasSubstr("classes-per-batch 1: must be at least 2"));
  EXPECT_THAT(error_of({{"dimension", Index{-1}}}), HasSubstr("dimension -1: must be from 1 to 65536"));
  EXPECT_THAT(error_of({{"adversarial-training", "l7:3"}}), HasSubstr("l7:3"));
  EXPECT_EQ(error_of({}), "no error");
}

}  // namespace
}  // namespace holdfast::deep
