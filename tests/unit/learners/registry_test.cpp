#include "holdfast/learners/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "holdfast/core/error.hpp"
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
  try {
    (void)find_method("lmn");
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "method \"lmn\": must be one of euclidean, lmnn, scml, gmml, aml, nca, arml (holdfast fit --list "
                 "describes them)");
  }
}

TEST(Registry, OptionsWithoutEffectAreNamed) {
  MethodOptions options;
  options.mu = 0.2;
  options.perturbation = Perturbation{};
  EXPECT_THAT(options_without_effect(find_method("euclidean"), options), testing::ElementsAre("mu", "perturbation"));
  EXPECT_THAT(options_without_effect(find_method("lmnn"), options), testing::IsEmpty());
}

TEST(Registry, ResolvedOptionsAreThoseThatHaveAnEffect) {
  MethodOptions given;
  given.perturbation = Perturbation{};
  given.regularization = 0.1;  // absent by default
  for (const Method& method : methods()) {
    const MethodOptions all = method.resolve(given);
    for (const OptionInfo& info : all_options()) {
      EXPECT_EQ(is_set(all, info), has_option(method, info.name)) << method.name << " " << info.name;
    }
  }
}

TEST(Registry, EveryOptionReachesItsMethod) {
  for (const Method& method : methods()) {
    for (const std::string_view name : method.options) {
      // A value that no default has comes back when it is resolved.
      MethodOptions given;
      const OptionInfo& info = option(name);
      std::visit(
          [&](const auto place) {
            using Value = typename std::decay_t<decltype(given.*place)>::value_type;
            if constexpr (std::is_same_v<Value, Index>) given.*place = 17;
            if constexpr (std::is_same_v<Value, double>) given.*place = 0.123;
            if constexpr (std::is_same_v<Value, Perturbation>) given.*place = Perturbation{7.0, 0.25};
            if constexpr (std::is_same_v<Value, std::string>)
              given.*place = name == "prior" ? "covariance" : "alternating";
          },
          info.place);
      EXPECT_EQ(text_of(method.resolve(given), info), text_of(given, info)) << method.name << " " << name;
      EXPECT_NE(text_of(method.resolve({}), info), text_of(given, info)) << method.name << " " << name;
    }
  }
}

TEST(Registry, WhatIsSearchedAreOptionsOfTheMethod) {
  for (const Method& method : methods()) {
    for (const SearchRange& range : method.search) {
      EXPECT_TRUE(has_option(method, range.option.substr(0, range.option.find('.')))) << method.name << range.option;
      EXPECT_LT(range.low, range.high);
      EXPECT_TRUE(!range.logarithmic || range.low > 0.0);
    }
  }
}

TEST(Registry, AChoiceWithAnotherNameListsTheNames) {
  MethodOptions given;
  given.solver = "fast";
  EXPECT_EQ(reference::message_of([&] { (void)find_method("aml").resolve(given); }),
            "solver \"fast\": must be bilevel or alternating");
  given = {};
  given.prior = "I";
  EXPECT_EQ(reference::message_of([&] { (void)find_method("gmml").resolve(given); }),
            "prior \"I\": must be identity or covariance");
}

TEST(Registry, SupervisionThatAMethodCannotTakeIsRefused) {
  const Dataset data = reference::clouds(30, 3, 2, 1);
  const constraints::PairSet pairs{{{0, 2}}, {{0, 1}}};
  const constraints::TripletSet triplets = constraints::from_triplets({{0, 2, 1}, {1, 3, 2}});
  for (const Method& method : methods()) {
    const auto fit_to = [&](const constraints::Supervision& supervision) {
      return reference::message_of([&] { (void)method.fit(data.x, supervision, {}, {}); });
    };
    EXPECT_EQ(fit_to(*data.labels), "no error") << method.name;
    EXPECT_EQ(fit_to(pairs) == "no error", method.learns_from_pairs) << method.name;
    EXPECT_EQ(fit_to(triplets) == "no error", method.learns_from_triplets) << method.name << fit_to(triplets);
  }
}

}  // namespace
}  // namespace holdfast::learners
