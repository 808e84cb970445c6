#include "holdfast/model/model.hpp"

#include <gtest/gtest.h>

#include "holdfast/learners/train.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"

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

TEST_F(ModelTest, CodesFollowTheModelsNumbering) {
  Dataset other = data;
  other.labels = encode_labels(std::vector<std::string>(30, "c1"));  // here c1 has code 0
  EXPECT_EQ(model.codes_of(other), std::vector<int>(30, 1));
}

}  // namespace
}  // namespace holdfast::model
