// What is published about a row (its mapped values, its radii) has the same bits whatever is beside it, wherever it
// stands, and on any number of threads.
#include <algorithm>

#include "program.hpp"

namespace holdfast::cli {
namespace {

class RowBits : public InFolder {
 protected:
  /// Digits: a header, 500 test rows, and a training file of the rest.
  RowBits() {
    std::vector<std::string> lines = lines_of(gunzipped(shipped("digits.csv.gz")));
    header_ = lines.front() + "\n";
    test_.assign(lines.begin() + 1, lines.begin() + 501);
    file("train.csv", table({lines.begin() + 501, lines.begin() + 1001}));
  }

  [[nodiscard]] std::string table(const std::vector<std::string>& rows) const {
    std::string text = header_;
    for (const std::string& row : rows) text += row + "\n";
    return text;
  }

  /// The lines about each row that certify writes, without the row's number.
  [[nodiscard]] std::vector<std::string> radii_of(const std::string& model, const std::vector<std::string>& rows,
                                                  const std::string& threads) const {
    file("rows.csv", table(rows));
    const Outcome outcome = run({"certify", model, "--test", path("rows.csv"), "--method", "fast,exact", "--norm", "l2",
                                 "--threads", threads, "--out", path("radii.csv")});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    std::vector<std::string> by_row(rows.size());
    for (const std::string& line : lines_of(read_file(path("radii.csv")))) {
      const std::size_t comma = line.find(',');
      if (line.starts_with("row")) continue;
      by_row.at(std::stoul(line.substr(0, comma))) += line.substr(comma) + ";";
    }
    return by_row;
  }

  std::string header_;
  std::vector<std::string> test_;
};

TEST_F(RowBits, RadiiOfSomeRowsAloneAreThoseOfAll) {
  for (const std::string preprocess : {"pca:20", "unit"}) {
    const std::string model =
        fitted("m", {"lmnn", "--train", path("train.csv"), "--preprocess", preprocess, "--max-iterations", "20"});
    const std::vector<std::string> all = radii_of(model, test_, "1");
    EXPECT_EQ(radii_of(model, test_, "4"), all);
    const std::vector<std::string> some = radii_of(model, {test_.begin() + 138, test_.begin() + 371}, "2");
    EXPECT_EQ(some, std::vector<std::string>(all.begin() + 138, all.begin() + 371)) << preprocess;
    EXPECT_EQ(radii_of(model, {test_[217]}, "1").at(0), all[217]) << preprocess;
    std::vector<std::string> turned = radii_of(model, {test_.rbegin(), test_.rend()}, "2");
    std::reverse(turned.begin(), turned.end());
    EXPECT_EQ(turned, all) << preprocess;
  }
}

TEST_F(RowBits, MappedValuesOfSomeRowsAloneAreThoseOfAll) {
  const std::string model =
      fitted("m", {"lmnn", "--train", path("train.csv"), "--preprocess", "whiten", "--max-iterations", "20"});
  const auto values_of = [&](const std::vector<std::string>& rows) {
    file("rows.csv", table(rows));
    const Outcome outcome = run({"transform", model, "--data", path("rows.csv"), "--out", path("z.npy")});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const std::string bytes = read_file(path("z.npy"));
    return bytes.substr(bytes.find('\n') + 1);
  };
  const std::string all = values_of(test_);
  const std::size_t row = all.size() / test_.size();
  EXPECT_EQ(values_of({test_.begin() + 33, test_.begin() + 200}), all.substr(33 * row, 167 * row));
  EXPECT_EQ(values_of({test_[499]}), all.substr(499 * row));
}

}  // namespace
}  // namespace holdfast::cli
