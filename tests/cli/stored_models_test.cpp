// Models that earlier versions of the program wrote are read, and predict what they predicted then.
#include <cmath>
#include <cstring>

#include "program.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::cli {
namespace {

class StoredModels : public InFolder {
 protected:
  static std::string stored(const std::string& name) { return std::string(HOLDFAST_SOURCE_DIR "/tests/data/") + name; }
};

/// The lines of a CSV file without the header, cell by cell.
std::vector<std::vector<std::string>> rows_of(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  for (const std::string& line : lines_of(text)) rows.push_back(cells_of(line));
  rows.erase(rows.begin());
  return rows;
}

TEST_F(StoredModels, PredictAndCertifyAsTheVersionThatWroteThem) {
  for (const std::string name : {"model_v1_lmnn_standardize", "model_v1_gmml_pca", "model_v1_nca_unit"}) {
    const Outcome outcome = run({"predict", stored(name + ".holdfast"), "--data", stored("model_v1_rows.csv"), "-k",
                                 "3", "--certify", "--out", path(name + ".csv")});
    ASSERT_EQ(outcome.status, 0) << name << ": " << outcome.err;
    const auto expected = rows_of(read_file(stored(name + "_predictions.csv")));
    const auto rows = rows_of(read_file(path(name + ".csv")));
    ASSERT_EQ(rows.size(), expected.size()) << name;
    ASSERT_EQ(rows.size(), 10u);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      EXPECT_EQ(rows[row].at(1), expected[row].at(1)) << name << ", row " << row;
      const double radius = std::stod(expected[row].at(2));
      EXPECT_NEAR(std::stod(rows[row].at(2)), radius, reference::radii * (1.0 + radius)) << name << ", row " << row;
    }
  }
}

TEST_F(StoredModels, WithoutLabelsMapRowsAsTheVersionThatWroteThem) {
  const Outcome outcome =
      run({"transform", stored("model_v1_lmnn_triplets.holdfast"), "--data", stored("model_v1_unlabelled_rows.csv"),
           "--label", "none", "--out", path("z.npy"), "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto expected = rows_of(read_file(stored("model_v1_lmnn_triplets_mapped.csv")));
  const std::string bytes = read_file(path("z.npy"));
  const std::size_t values = expected.size() * 3;
  const auto offset = json_of(outcome.out).at("offset").get<std::vector<double>>();
  ASSERT_EQ(offset.size(), 3u);
  ASSERT_GT(bytes.size(), values * sizeof(double));
  const char* at = bytes.data() + bytes.size() - values * sizeof(double);
  std::size_t column = 0;
  for (const auto& row : expected) {
    for (const std::string& cell : row) {
      double value = 0.0;
      std::memcpy(&value, at, sizeof value);
      at += sizeof value;
      // That version added the offset.
      EXPECT_NEAR(value + offset[column++ % 3], std::stod(cell), reference::radii);
    }
  }
}

TEST_F(StoredModels, TellHowTheyWereMade) {
  const nlohmann::json lmnn = json_of(run({"info", stored("model_v1_lmnn_standardize.holdfast"), "--json"}).out);
  EXPECT_EQ(lmnn.at("format_version"), 1);
  EXPECT_EQ(lmnn.at("method"), "lmnn");
  EXPECT_EQ(lmnn.at("program_version"), "0.1.0");
  EXPECT_EQ(lmnn.at("preprocess"), "standardize");
  EXPECT_EQ(lmnn.at("n"), 30);
  const nlohmann::json triplets = json_of(run({"info", stored("model_v1_lmnn_triplets.holdfast"), "--json"}).out);
  EXPECT_EQ(triplets.at("n_triplets"), 5);
  EXPECT_TRUE(triplets.at("classes").empty());
}

}  // namespace
}  // namespace holdfast::cli
