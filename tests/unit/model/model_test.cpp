#include "holdfast/model/model.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "holdfast/learners/train.hpp"
#include "holdfast/report/text.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::model {
namespace {

using reference::message_of;

class ModelTest : public testing::Test {
 protected:
  Dataset data = reference::clouds(30, 3, 2, 1);
  Model model = [this] {
    data.columns = {"u", "v", "w"};
    return learners::train(data, {.method = "euclidean", .preprocess = "standardize"}).model;
  }();
};

TEST_F(ModelTest, PreparesRowsAsItDidTheTrainingRows) { EXPECT_EQ(model.prepare(data), model.reference); }

TEST_F(ModelTest, MapsRawRowsWithoutTheOffset) {
  const Matrix mapped = model.transform(data);
  EXPECT_LT(reference::largest_entry(mapped - data.x * model.components().transpose()), reference::few_operations);
  const Matrix with_offset = mapped.rowwise() + model.offset();
  EXPECT_LT(reference::largest_entry(with_offset - model.mapped_reference()), reference::rounding);
  Dataset other = data;
  other.columns = {"u", "w", "v"};
  EXPECT_NE(message_of([&] { (void)model.transform(other); }).find("feature column 2"), std::string::npos);
  other = data;
  other.x(4, 1) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(message_of([&] { (void)model.transform(other); }).find("nan is not a finite number"), std::string::npos);
}

TEST_F(ModelTest, MapsPreparedRowsIfNoLinearMapPreparesThem) {
  const Model unit = learners::train(data, {.method = "euclidean", .preprocess = "unit"}).model;
  EXPECT_EQ(unit.transform(data), unit.mapped_reference());
}

TEST_F(ModelTest, OtherColumnsAreRefused) {
  Dataset other = data;
  other.columns = {"u", "w", "v"};
  EXPECT_EQ(
      message_of([&] { (void)model.prepare(other); }),
      "clouds: feature column 2 is \"w\"; in the training data it was \"v\"; give the same columns in the same order");
  other.columns.clear();
  EXPECT_NO_THROW((void)model.prepare(other));
  other.x = Matrix::Zero(2, 4);
  EXPECT_NE(message_of([&] { (void)model.prepare(other); }).find("has 4 feature columns; the model was trained on 3"),
            std::string::npos);
}

TEST_F(ModelTest, ValuesThatAreNotFiniteOrOverflowAreRefused) {
  Dataset other = data;
  other.x(4, 1) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(message_of([&] { (void)model.prepare(other); }).find("row 4, column \"v\": nan is not a finite number"),
            std::string::npos);
  data.x.col(1) *= 1e-3;
  const Model small = learners::train(data, {.method = "euclidean", .preprocess = "standardize"}).model;
  other.x(4, 1) = 1e307;
  EXPECT_NE(message_of([&] { (void)small.prepare(other); }).find("values overflow in the model's preprocessing"),
            std::string::npos);
}

TEST_F(ModelTest, EqualsAModelOfTheSameParts) {
  const auto differs = [&](const auto& change) {
    Model other = model;
    EXPECT_TRUE(other == model);
    change(other);
    EXPECT_FALSE(other == model);
  };
  differs([](Model& other) { other.preprocessor = preprocess::Preprocessor(3, {}); });
  differs([](Model& other) { other.metric = metric::Metric::from_map(2.0 * Matrix::Identity(3, 3)); });
  differs([](Model& other) { other.reference(2, 1) += 1.0; });
  differs([](Model& other) { other.reference.conservativeResize(29, 3); });
  differs([](Model& other) { other.labels.codes[0] = 1 - other.labels.codes[0]; });
  differs([](Model& other) { other.columns[0] = "t"; });
  differs([](Model& other) { other.facts.seed += 1; });
}

TEST_F(ModelTest, IsDescribedWithItsFirstClasses) {
  const auto classes_of = [&](int classes) {
    std::vector<int> labels;
    for (int row = 0; row < 30; ++row) labels.push_back(row % classes);
    model.labels = encode_labels(labels);
    const std::string text = report::to_text(describe(model));
    const std::size_t begin = text.find("classes        ");
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  EXPECT_EQ(classes_of(2), "classes        0: 15, 1: 15");
  EXPECT_EQ(classes_of(12), "classes        0: 3, 1: 3, 2: 3, 3: 3, 4: 3, 5: 3, 6: 2, 7: 2, 8: 2, 9: 2, 10: 2, 11: 2");
  EXPECT_EQ(classes_of(15),
            "classes        0: 2, 1: 2, 2: 2, 3: 2, 4: 2, 5: 2, 6: 2, 7: 2, 8: 2, 9: 2, 10: 2, 11: 2, ...");
}

TEST_F(ModelTest, UnknownLabelsAreNamedWithTheirRow) {
  Dataset other = data;
  other.labels = encode_labels(std::vector<std::string>(30, "c1"));
  other.labels->names.push_back("new");
  other.labels->codes[4] = 1;
  EXPECT_EQ(message_of([&] { (void)model.codes_of(other); }),
            "clouds: row 4 (counted from 0) has the label \"new\", which the model does not know (it knows c0, c1); "
            "check that the label "
            "column is the right one");
}

TEST_F(ModelTest, UnknownClassesCanBeNumberedOn) {
  Dataset other = data;
  other.labels = Labels{{1, 0, 2, 1}, {"new", "c1", "newer"}};
  other.x.conservativeResize(4, 3);
  EXPECT_EQ(model.codes_with_unknown(other), (std::vector<int>{1, 2, 3, 1}));
  model.labels = {};
  EXPECT_EQ(model.codes_with_unknown(other), (std::vector<int>{1, 0, 2, 1}));
}

TEST_F(ModelTest, CodesFollowTheModelsNumbering) {
  Dataset other = data;
  other.labels = encode_labels(std::vector<std::string>(30, "c1"));  // here c1 has code 0
  EXPECT_EQ(model.codes_of(other), std::vector<int>(30, 1));
}

}  // namespace
}  // namespace holdfast::model
