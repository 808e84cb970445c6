#include "holdfast/certify/threat_columns.hpp"

#include <gtest/gtest.h>

#include "holdfast/core/error.hpp"
#include "holdfast/learners/train.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"

namespace holdfast::certify {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A table of the columns age, y (label), member (yes or no), colour (three categories), height: features 0 to 5.
model::Model model_of_table(const std::string& preprocess) {
  Dataset data = reference::clouds(40, 6, 2, 1);
  Random random(1);
  for (Index row = 0; row < data.rows(); ++row) {
    data.x(row, 1) = static_cast<double>(random.below(2));
    data.x.row(row).segment(2, 3).setZero();
    data.x(row, 2 + static_cast<Index>(random.below(3))) = 1.0;
  }
  model::Model model = learners::train(data, {.method = "euclidean", .preprocess = preprocess}).model;
  using table::ColumnType;
  using table::Role;
  model.schema = {
      .header = true,
      .columns = {{.name = "age"},
                  {.name = "y", .role = Role::label},
                  {.name = "member", .type = ColumnType::boolean, .categories = {"no", "yes"}},
                  {.name = "colour", .type = ColumnType::categorical, .categories = {"blue", "green", "red"}},
                  {.name = "height"}}};
  return model;
}

class ThreatColumnsTest : public testing::Test {
 protected:
  model::Model model_ = model_of_table("standardize");
  [[nodiscard]] ThreatColumns columns(const ColumnOptions& options) const {
    return threat_columns(model_, Space::preprocessed, options);
  }
  [[nodiscard]] std::string message(const ColumnOptions& options) const {
    return reference::message_of([&] { return columns(options); });
  }
};

TEST_F(ThreatColumnsTest, CategoriesStayAsTheyAreByDefault) {
  const ThreatColumns found = columns({});
  EXPECT_THAT(*found.perturbed, ElementsAre(0, 5));
  EXPECT_THAT(found.frozen, ElementsAre("member", "colour"));
  EXPECT_THAT(found.flips, IsEmpty());
  EXPECT_EQ(found.note, "");
}

TEST_F(ThreatColumnsTest, ATableOfNumbersIsPerturbedWhole) {
  model_.schema = {};
  EXPECT_FALSE(columns({}).perturbed.has_value());
  EXPECT_THAT(*columns({.frozen = {"#2", "#4-5"}}).perturbed, ElementsAre(0, 2, 5));
}

TEST_F(ThreatColumnsTest, FrozenColumnsJoinThoseOfCategories) {
  const ThreatColumns found = columns({.frozen = {"age"}});
  EXPECT_THAT(*found.perturbed, ElementsAre(5));
  EXPECT_THAT(found.frozen, ElementsAre("age", "member", "colour"));
  EXPECT_THAT(*columns({.frozen = {"age,#5"}}).perturbed, IsEmpty());
}

TEST_F(ThreatColumnsTest, ColumnsToPerturbAreTheOnlyOnes) {
  EXPECT_THAT(*columns({.perturb = {"age", "colour"}}).perturbed, ElementsAre(0, 2, 3, 4));
  const ThreatColumns all = columns({.perturb = {"*"}});
  EXPECT_FALSE(all.perturbed.has_value());
  EXPECT_THAT(all.frozen, IsEmpty());
}

TEST_F(ThreatColumnsTest, ColumnsFlipToAnyOfTheirValues) {
  const ThreatColumns found = columns({.frozen = {"age"}, .flip = {"member,colour"}});
  EXPECT_THAT(*found.perturbed, ElementsAre(5));
  EXPECT_THAT(found.frozen, ElementsAre("age"));
  ASSERT_EQ(found.flips.size(), 2U);
  EXPECT_EQ(found.flips[0].column, "member");
  EXPECT_THAT(found.flips[0].features, ElementsAre(1));
  EXPECT_EQ(found.flips[0].values, (Matrix(2, 1) << 0.0, 1.0).finished());
  EXPECT_THAT(found.flips[1].features, ElementsAre(2, 3, 4));
  EXPECT_EQ(found.flips[1].values, Matrix(Matrix::Identity(3, 3)));
}

TEST_F(ThreatColumnsTest, WhatFlipsIsNotPerturbedAsWell) {
  const ThreatColumns found = columns({.perturb = {"*"}, .flip = {"*"}});
  EXPECT_THAT(*found.perturbed, ElementsAre(0, 5));
  EXPECT_EQ(found.flips.size(), 2U);
  EXPECT_THAT(found.frozen, IsEmpty());
}

TEST_F(ThreatColumnsTest, GroupsOfFeaturesFlipWithoutTheModelsKnowledge) {
  model_.schema = {};
  const ThreatColumns found = columns({.flip_groups = {{4, 2}, {1}}});
  EXPECT_THAT(*found.perturbed, ElementsAre(0, 3, 5));
  EXPECT_EQ(found.flips[0].values, Matrix(Matrix::Identity(2, 2)));
  EXPECT_EQ(found.flips[1].values, (Matrix(2, 1) << 0.0, 1.0).finished());
  EXPECT_THAT(message({.flip_groups = {{6}}}), HasSubstr("6 is the position of no feature"));
  EXPECT_THAT(message({.flip_groups = {{1, 2}, {2}}}), HasSubstr("names the feature 2 twice"));
  EXPECT_THAT(message({.flip_groups = {{}}}), HasSubstr("at least one feature"));
}

TEST_F(ThreatColumnsTest, RefusesWhatCannotBeMeant) {
  EXPECT_THAT(message({.frozen = {"size"}}), HasSubstr("choose from \"age\""));
  EXPECT_THAT(message({.frozen = {"y"}}), HasSubstr("is no feature of the model"));
  EXPECT_THAT(message({.frozen = {"age"}, .perturb = {"height"}}), HasSubstr("give one of the two"));
  EXPECT_THAT(message({.flip = {"age"}}), HasSubstr("is a column of numbers"));
}

TEST_F(ThreatColumnsTest, StepsThatMixColumnsNeedRawUnits) {
  model_ = model_of_table("standardize,pca:3");
  const ThreatColumns found = columns({});
  EXPECT_FALSE(found.perturbed.has_value());
  EXPECT_THAT(found.note, HasSubstr("`space=raw` keeps them as they are"));
  EXPECT_THAT(message({.frozen = {"age"}}), HasSubstr("use `space=raw`"));
  EXPECT_THAT(*threat_columns(model_, Space::raw, {}).perturbed, ElementsAre(0, 5));
}

TEST_F(ThreatColumnsTest, RowsOfUnitLengthHaveNoColumns) {
  model_ = model_of_table("unit");
  EXPECT_THAT(message({.frozen = {"age"}}), testing::AllOf(HasSubstr("mixes"), testing::Not(HasSubstr("space=raw"))));
}

TEST_F(ThreatColumnsTest, ABoxOfColumnsLimitsTheirFeatures) {
  const std::vector<ColumnLimit> limits = {{"age", 0.0, 9.0}, {"colour", -1.0, 2.0}};
  const Box box = box_of_columns(model_, Space::raw, limits);
  constexpr double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(box.lower, (RowVector(6) << 0.0, -inf, -1.0, -1.0, -1.0, -inf).finished());
  EXPECT_EQ(box.upper, (RowVector(6) << 9.0, inf, 2.0, 2.0, 2.0, inf).finished());
  const std::vector<ColumnLimit> inverted = {{"age", 1.0, 1.0}};
  EXPECT_THAT(reference::message_of([&] { return box_of_columns(model_, Space::raw, inverted); }),
              HasSubstr("must be below the upper one"));
}

TEST_F(ThreatColumnsTest, LimitsOfFrozenColumnsAreLifted) {
  const ThreatModel threat =
      with_columns({.box = Box{RowVector::Zero(6), RowVector::Ones(6)}}, columns({.frozen = {"age"}}));
  EXPECT_TRUE(std::isinf(threat.box->lower[0]));
  EXPECT_TRUE(std::isinf(threat.box->upper[2]));
  EXPECT_EQ(threat.box->upper[5], 1.0);
}

}  // namespace
}  // namespace holdfast::certify
