#include "holdfast/learners/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "holdfast/core/error.hpp"

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
    EXPECT_STREQ(error.what(), "method \"lmn\": must be one of euclidean, lmnn (holdfast fit --list describes them)");
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
  MethodOptions options;
  options.perturbation = Perturbation{};
  for (const Method& method : methods()) {
    std::vector<std::string> resolved;
    for (const auto& [name, value] : method.resolved(options)) resolved.push_back(name);
    EXPECT_THAT(resolved, testing::UnorderedElementsAreArray(method.options)) << method.name;
  }
}

}  // namespace
}  // namespace holdfast::learners
