#include "holdfast/learners/registry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "holdfast/core/error.hpp"
#include "holdfast/learners/perturbation.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"

namespace holdfast::learners {
namespace {

TEST(Registry, NamesAreUniqueAndFound) {
  std::set<std::string_view> names;
  for (const Method& method : methods()) {
    EXPECT_TRUE(names.insert(method.name).second) << method.name;
    EXPECT_FALSE(method.summary.empty());
    EXPECT_EQ(&find_method(method.name), &method);
  }
}

TEST(Registry, AnUnknownNameListsTheChoices) {
  std::vector<std::string_view> names;
  for (const Method& method : methods()) names.push_back(method.name);
  EXPECT_EQ(reference::message_of([] { (void)find_method("lmn"); }),
            fmt::format("method \"lmn\": must be one of {}", fmt::join(names, ", ")));
}

TEST(Registry, AnUnknownOptionIsRefused) {
  EXPECT_EQ(reference::message_of([] { require_known({{"mu", 0.5}, {"t", 0.5}}); }), "no error");
  EXPECT_EQ(reference::message_of([] { require_known({{"mo", 0.5}}); }), "mo: no method has an option of this name");
}

TEST(Registry, OptionsWithoutEffectAreNamed) {
  const OptionSet options = {{"mu", 0.2}, {"perturbation", Perturbation{}}};
  EXPECT_THAT(find_method("euclidean").options->without_effect(options), testing::ElementsAre("mu", "perturbation"));
  EXPECT_THAT(find_method("lmnn").options->without_effect(options), testing::IsEmpty());
}

/// A value of the option that is not its default.
OptionValue other_value(const OptionInfo& info) {
  switch (info.kind) {
    case OptionKind::flag: return true;
    case OptionKind::whole_number: return 17;
    case OptionKind::number: return 0.123;
    case OptionKind::text: return info.choices.empty() ? "other" : info.choices.back();
    case OptionKind::derivables: break;
  }
  return Derivables(info.parts.size(), 7.0);
}

TEST(Registry, EveryOptionReachesItsMethodAndItsFacts) {
  for (const Method& method : methods()) {
    std::set<std::string> names;
    for (const OptionInfo& info : method.options->options()) {
      EXPECT_TRUE(names.insert(info.name).second) << method.name << " " << info.name;
      EXPECT_FALSE(info.help.empty()) << info.name;
      const OptionValue value = other_value(info);
      const OptionSet given = {{info.name, value}};
      const OptionSet defaults = method.options->resolve({});
      const OptionValue* default_value = defaults.find(info.name);
      EXPECT_TRUE(default_value == nullptr || *default_value != value) << method.name << " " << info.name;
      const OptionSet resolved = method.options->resolve(given);
      ASSERT_TRUE(resolved.contains(info.name)) << method.name << " " << info.name;
      EXPECT_EQ(*resolved.find(info.name), value) << method.name << " " << info.name;
    }
  }
}

TEST(Registry, OptionsOfOneNameAreOfOneKind) {
  std::map<std::string, OptionKind> kinds;
  for (const Method& method : methods()) {
    for (const OptionInfo& info : method.options->options()) {
      EXPECT_EQ(kinds.emplace(info.name, info.kind).first->second, info.kind) << method.name << " " << info.name;
    }
  }
}

TEST(Registry, SearchRangesAreRanges) {
  const auto expect_range = [](const std::optional<SearchRange>& range, const std::string& name) {
    if (!range) return;
    EXPECT_LT(range->low, range->high) << name;
    EXPECT_TRUE(range->scale == SearchRange::Scale::linear || range->low > 0.0) << name;
  };
  for (const Method& method : methods()) {
    for (const OptionInfo& info : method.options->options()) {
      expect_range(info.search, info.name);
      for (const OptionPart& part : info.parts) expect_range(part.search, info.name + "." + part.name);
    }
  }
}

TEST(Registry, TextsOfThePerturbationParseToThemselves) {
  const OptionInfo& info = *find_method("lmnn").options->find("perturbation");
  const auto text_in_effect = [&](const char* text) {
    const OptionSet resolved = find_method("lmnn").options->resolve({{"perturbation", parse_option(info, text)}});
    return text_of(*resolved.find("perturbation"));
  };
  for (const char* text : {"auto,auto", "off", "10,0.5", "auto*0.1,auto", "3,auto*2", "auto,0.25"}) {
    EXPECT_EQ(text_in_effect(text), text);
  }
  EXPECT_EQ(text_in_effect("auto"), "auto,auto");
  EXPECT_EQ(text_in_effect("0"), "off");
  EXPECT_FALSE(find_method("lmnn").options->resolve({}).contains("perturbation"));
}

TEST(Registry, AChoiceWithAnotherNameListsTheNames) {
  EXPECT_EQ(reference::message_of([] {
              (void)find_method("aml").options->resolve({{"solver", "fast"}});
            }),
            "solver \"fast\": must be bilevel or alternating");
  EXPECT_EQ(reference::message_of([] {
              (void)find_method("gmml").options->resolve({{"prior", "I"}});
            }),
            "prior \"I\": must be one of identity, covariance, random");
}

TEST(Registry, SupervisionThatAMethodCannotTakeIsRefused) {
  const Dataset data = reference::clouds(30, 3, 2, 1);
  const constraints::PairSet pairs{{{0, 2}}, {{0, 1}}};
  const constraints::TripletSet triplets = constraints::from_triplets({{0, 2, 1}, {1, 3, 2}});
  const constraints::ChunkSet chunks{{data.labels->codes.begin(), data.labels->codes.end()}};
  const constraints::QuadrupletSet quadruplets{{{0, 2, 0, 1}, {1, 3, 1, 2}}};
  for (const Method& method : methods()) {
    const auto fit_to = [&](const constraints::Supervision& supervision) {
      return reference::message_of([&] { (void)method.fit(data.x, supervision, {}, {}); });
    };
    const bool numbers = method.task == model::Task::regression;
    EXPECT_EQ(fit_to(numbers ? encode_labels(data.labels->codes) : *data.labels), "no error") << method.name;
    EXPECT_EQ(fit_to(pairs) == "no error", method.learns(SupervisionKind::pairs)) << method.name;
    EXPECT_EQ(fit_to(triplets) == "no error", method.learns(SupervisionKind::triplets))
        << method.name << fit_to(triplets);
    EXPECT_EQ(fit_to(chunks) == "no error", method.learns(SupervisionKind::chunks)) << method.name;
    EXPECT_EQ(fit_to(quadruplets) == "no error", method.learns(SupervisionKind::quadruplets)) << method.name;
  }
}

TEST(Registry, RefusedSupervisionNamesTheMethodsThatTakeIt) {
  const constraints::PairSet some_pairs{{{0, 2}}, {{0, 1}}};
  const std::string message = reference::message_of([&] { refuse_supervision("nca", some_pairs); });
  EXPECT_THAT(message, testing::StartsWith("nca learns from labels, not from pairs; gmml"));
  EXPECT_THAT(message, testing::EndsWith(" learn from pairs"));
  for (const std::string_view method : methods_that_learn_from(SupervisionKind::pairs)) {
    EXPECT_THAT(message, testing::HasSubstr(std::string(method)));
  }
  EXPECT_EQ(reference::message_of([&] { refuse_supervision("nca", constraints::ChunkSet{}); }),
            "nca learns from labels, not from chunks; rca learns from chunks");
}

}  // namespace
}  // namespace holdfast::learners
