#include "holdfast/core/dataset.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/core/error.hpp"

namespace holdfast {
namespace {

TEST(EncodeLabels, SortsNumbersByValue) {
  const std::vector<std::string> texts = {"10", "-1", "9", "10"};
  const Labels labels = encode_labels(texts);
  EXPECT_EQ(labels.names, (std::vector<std::string>{"-1", "9", "10"}));
  EXPECT_EQ(labels.codes, (std::vector<int>{2, 0, 1, 2}));
}

TEST(EncodeLabels, SortsTextsByBytesWhenAnyIsNotANumber) {
  const std::vector<std::string> texts = {"10", "9", "b"};
  EXPECT_EQ(encode_labels(texts).names, (std::vector<std::string>{"10", "9", "b"}));
}

TEST(EncodeLabels, DecodesToTheTextsGiven) {
  const std::vector<std::string> texts = {"x", "", "y", "x"};
  const Labels labels = encode_labels(texts);
  for (Index row = 0; row < 4; ++row) EXPECT_EQ(labels.text(row), texts[static_cast<std::size_t>(row)]);
}

TEST(EncodeLabels, TakesWholeNumbersAsTheyAre) {
  const std::vector<int> values = {10, -1, 9, 10};
  const Labels labels = encode_labels(values);
  EXPECT_EQ(labels, encode_labels(std::vector<std::string>{"10", "-1", "9", "10"}));
  EXPECT_EQ(labels.code(2), 1);
  EXPECT_EQ(labels.name(1), "9");
  EXPECT_EQ(encode_labels(std::vector<int>()).classes(), 0);
}

TEST(DatasetView, IsMadeOfRowsInMemory) {
  const Matrix x{{1.0, 2.0}, {3.0, 4.0}};
  const Labels labels = encode_labels(std::vector<int>{5, 6});
  const DatasetView unlabelled(x);
  EXPECT_EQ(unlabelled.x.data(), x.data());
  EXPECT_EQ(unlabelled.labels, nullptr);
  const DatasetView labelled(x, &labels);
  EXPECT_EQ(labelled.labels->text(1), "6");
  EXPECT_EQ(labelled.source, "the data");
}

TEST(FindLabel, FindsTheSameTextElseTheSameNumber) {
  const std::vector<std::string> names = {"-1", "1", "1.0", "x"};
  EXPECT_EQ(find_label(names, "1.0"), 2);
  EXPECT_EQ(find_label(names, "+1"), 1);
  EXPECT_EQ(find_label(names, "-1.0"), 0);
  EXPECT_EQ(find_label(names, "X"), -1);
  EXPECT_EQ(find_label(names, ""), -1);
}

Dataset small() {
  Dataset data;
  data.x = Matrix{{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}};
  data.labels = encode_labels(std::vector<std::string>{"a", "b", "c"});
  data.source = "small.csv";
  return data;
}

TEST(StratifiedOrder, IsOneClassAfterTheOtherInARandomOrder) {
  const Labels labels = encode_labels(std::vector<int>{1, 0, 1, 0, 0, 1, 1});
  Random random(3);
  const std::vector<Index> order = stratified_order(labels, random);
  EXPECT_THAT(std::vector<Index>(order.begin(), order.begin() + 3), testing::UnorderedElementsAre(1, 3, 4));
  EXPECT_THAT(std::vector<Index>(order.begin() + 3, order.end()), testing::UnorderedElementsAre(0, 2, 5, 6));
  Random other(4);
  EXPECT_NE(stratified_order(labels, other), order);
}

TEST(Dataset, SelectedRowsKeepTheClassNames) {
  const std::vector<Index> rows = {2, 0};
  const Dataset chosen = select_rows(small(), rows);
  EXPECT_EQ(chosen.x, (Matrix{{5.0, 6.0}, {1.0, 2.0}}));
  EXPECT_EQ(chosen.labels->codes, (std::vector<int>{2, 0}));
  EXPECT_EQ(chosen.labels->names.size(), 3u);
}

TEST(Dataset, ChecksumSeesValuesLabelsAndShape) {
  const std::string original = checksum(small());
  EXPECT_EQ(original, checksum(small()));
  Dataset other = small();
  other.x(1, 1) = 4.0000001;
  EXPECT_NE(original, checksum(other));
  other = small();
  other.labels->codes[0] = 1;
  EXPECT_NE(original, checksum(other));
}

TEST(DatasetView, LooksAtRowsWithoutACopy) {
  Dataset data{Matrix{{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}},
               encode_labels(std::vector<std::string>{"a", "b", "a"}),
               {"u", "v"},
               "file"};
  const DatasetView whole = data;
  EXPECT_EQ(whole.x.data(), data.x.data());
  EXPECT_EQ(whole.labels, &*data.labels);
  EXPECT_EQ(whole.columns[1], "v");
  EXPECT_EQ(whole.source, "file");
  EXPECT_EQ(checksum(whole), checksum(data));
  // Foreign memory, and a block of rows of it.
  const std::vector<double> memory = {1, 2, 3, 4, 5, 6};
  const Eigen::Map<const Matrix> rows(memory.data(), 3, 2);
  const DatasetView part(rows.middleRows(1, 2), nullptr, {}, "memory");
  EXPECT_EQ(part.x.data(), memory.data() + 2);
  EXPECT_EQ(part.rows(), 2);
  EXPECT_EQ(part.dimension(), 2);
  EXPECT_THROW((void)require_labels(part, "learn"), InputError);
  const DatasetView copy = part;  // NOLINT(performance-unnecessary-copy-initialization): what is tested
  EXPECT_EQ(copy.x.data(), memory.data() + 2);
}

TEST(Dataset, MissingLabelsAreAnErrorThatSaysWhatToDo) {
  Dataset data = small();
  data.labels.reset();
  try {
    require_labels(data, "learn a metric");
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "small.csv: has no labels, which are needed to learn a metric; name the label column (`label=NAME`) "
                 "or give a label file (`labels=FILE`)");
  }
}

}  // namespace
}  // namespace holdfast
