#include "holdfast/model/training_rows.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>
#include <set>

#include "holdfast/core/random.hpp"
#include "holdfast/learners/train.hpp"
#include "reference/labelled_data.hpp"

namespace holdfast::model {
namespace {

class TrainingRowsTest : public testing::Test {
 protected:
  [[nodiscard]] std::vector<Index> shuffled() const {
    Random random(4);
    return random.permutation(data.rows());
  }

  Dataset data = [] {
    Dataset made = reference::clouds(40, 3, 2, 1);
    made.x.row(7) = made.x.row(3);  // with another label
    made.x.row(9) = made.x.row(5);
    made.labels->codes[9] = made.labels->codes[5];
    return made;
  }();
  Model model = learners::train(data, {.method = "euclidean", .preprocess = "standardize,pca:2"}).model;
};

TEST_F(TrainingRowsTest, AreTheirOwnReferenceRows) {
  std::vector<Index> all(40);
  std::iota(all.begin(), all.end(), Index{0});
  EXPECT_EQ(own_reference_rows(model, data), all);
  model.facts.data_checksum = "of another form of the same data";
  const std::vector<Index> found = own_reference_rows(model, data);
  EXPECT_EQ(std::set<Index>(found.begin(), found.end()).size(), 40u);
  EXPECT_EQ(found[7], 7);  // not row 3, whose label is another
}

TEST_F(TrainingRowsTest, AreNotPrototypes) {
  const Dataset all = reference::clouds(40, 3, 2, 1);
  const Model learned = learners::train(all, {.method = "prototypes", .options = {{"per-class", Index{40}}}}).model;
  ASSERT_EQ(learned.reference.rows(), 40);  // as many as training rows
  EXPECT_TRUE(own_reference_rows(learned, all).empty());
  EXPECT_TRUE(learned.has_prototypes());
  EXPECT_FALSE(model.has_prototypes());
}

TEST_F(TrainingRowsTest, AreFoundInAnyOrder) {
  const std::vector<Index> order = shuffled();
  const std::vector<Index> found = own_reference_rows(model, select_rows(data, order));
  ASSERT_EQ(found.size(), 40u);
  EXPECT_EQ(std::set<Index>(found.begin(), found.end()).size(), 40u);
  for (std::size_t row = 0; row < found.size(); ++row) {
    EXPECT_EQ(data.x.row(found[row]), data.x.row(order[row]));
    EXPECT_EQ(data.labels->code(found[row]), data.labels->code(order[row]));
  }
}

TEST_F(TrainingRowsTest, AreNotThoseOfOtherData) {
  const auto is_own = [&](const Dataset& other) { return !own_reference_rows(model, other).empty(); };
  Dataset other = data;
  other.x(11, 2) += 1e-9;
  EXPECT_FALSE(is_own(other));
  other = data;
  other.labels->codes[11] = 1 - other.labels->codes[11];
  EXPECT_FALSE(is_own(other));
  other.labels.reset();
  EXPECT_FALSE(is_own(other));
  other = data;
  other.x.row(1) = other.x.row(2);  // twice the one, and never the other
  EXPECT_FALSE(is_own(other));
  other = data;
  other.x(0, 0) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(is_own(other));
  EXPECT_FALSE(is_own(reference::clouds(40, 2, 2, 1)));  // of other columns
  EXPECT_FALSE(is_own(select_rows(data, std::vector<Index>{0, 1, 2})));
}

}  // namespace
}  // namespace holdfast::model
