#include "holdfast/deep/methods.hpp"

#include <gtest/gtest.h>

#include <set>

#include "holdfast/deep/training_options.hpp"

namespace holdfast::deep {
namespace {

TEST(Methods, AreFoundByTheirNames) {
  std::set<std::string_view> names;
  for (const Method& method : methods) {
    EXPECT_EQ(find_method(method.name), &method);
    EXPECT_TRUE(names.insert(method.name).second) << method.name;
    EXPECT_TRUE(method.summary.starts_with("network; ")) << method.name;
  }
  EXPECT_EQ(find_method("lmnn"), nullptr);
}

TEST(Methods, AreLossesOfTheRegistries) {
  for (const Method& method : methods) {
    const MetricLossOptions loss = training_options_of(method).loss;
    EXPECT_NO_THROW(validate(loss)) << method.name;
    EXPECT_EQ(loss.metric, !method.form.empty());
    EXPECT_TRUE(!loss.metric || loss.form.name() == method.form) << method.name;
    if (!method.geometry.empty()) {
      EXPECT_EQ(loss.geometry.name, method.geometry) << method.name;
      EXPECT_FALSE(loss.uses_divergence()) << method.name;
    }
  }
}

TEST(Methods, OnlyTheHybridLeavesTradeOffAndFormFree) {
  for (const Method& method : methods) {
    EXPECT_EQ(method.fixes("trade-off"), method.name != "hybrid") << method.name;
    EXPECT_EQ(method.fixes("form"), method.name != "hybrid") << method.name;
    EXPECT_FALSE(method.fixes("geometry")) << method.name;
  }
}

}  // namespace
}  // namespace holdfast::deep
