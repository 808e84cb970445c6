// What the options of tables do to outputs, and what --json tells of them.
#include "program.hpp"

namespace holdfast::cli {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class Tables : public InFolder {
 protected:
  const std::string train = file("train.csv",
                                 ",name,size,town,kind\n0,ann,1,Rome,a\n1,bob,2,Bern,a\n2,cid,8,Oslo,b\n"
                                 "3,dan,9,Rome,b\n");
};

TEST_F(Tables, JsonHoldsWhatWasRead) {
  const Outcome outcome = run({"fit", "euclidean", "--train", train, "--id", "name", "--out", path("m"), "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json table = json_of(outcome.out).at("table");
  EXPECT_EQ(table.at("header"), true);
  EXPECT_EQ(table.at("label"), "kind");
  EXPECT_EQ(table.at("numeric"), 1);
  EXPECT_EQ(table.at("boolean"), 0);
  EXPECT_EQ(table.at("categorical"), 1);
  EXPECT_EQ(table.at("left_out"), (json{"#1", "name"}));
  EXPECT_THAT(json_of(outcome.out).at("notes").at(0).get<std::string>(), HasSubstr("numbers the rows and is left out"));
}

TEST_F(Tables, IdentifiersAreCopiedIntoOutputs) {
  const std::string model = fitted("m", {"euclidean", "--train", train, "--id", "name"});
  const std::string later = file("later.csv", "town,size,kind,name,size2\nBern,1.5,a,eve,7\nOslo,8.5,b,fay,8\n");
  EXPECT_EQ(run({"predict", model, "--data", later, "-k", "1"}).out, "row,predicted,name\n0,a,eve\n1,b,fay\n");
  ASSERT_EQ(run({"certify", model, "--test", later, "--out", path("c.csv")}).status, 0);
  EXPECT_THAT(lines_of(read_file(path("c.csv"))).at(0), testing::EndsWith(",space,upper,name"));
  EXPECT_THAT(lines_of(read_file(path("c.csv"))).at(2), testing::EndsWith(",fay"));
  ASSERT_EQ(run({"attack", model, "--test", later, "--out", path("a.csv")}).status, 0);
  EXPECT_THAT(lines_of(read_file(path("a.csv"))).at(1), testing::EndsWith(",eve"));
  EXPECT_EQ(run({"certify", model, "--test", later, "--check", path("c.csv")}).status, 0);
}

TEST_F(Tables, AnUnknownCategoryIsAWarning) {
  const std::string model = fitted("m", {"euclidean", "--train", train, "--drop", "name"});
  const std::string later = file("later.csv", "town,size\nParis,1.5\nOslo,8.5\n");
  const Outcome outcome = run({"predict", model, "--data", later, "-k", "1"});
  EXPECT_EQ(outcome.out, "row,predicted\n0,a\n1,b\n");
  EXPECT_THAT(without_notes(outcome.err), HasSubstr("1 cell is of categories that the training rows did not have"));
}

TEST_F(Tables, MissingCellsOfLaterRowsNeedValuesOfTheModel) {
  const std::string later = file("later.csv", "town,size\nOslo,\nBern,8.5\n");
  const std::string plain = fitted("m", {"euclidean", "--train", train, "--drop", "name"});
  EXPECT_EQ(refusal({"predict", plain, "--data", later}),
            "later.csv:2:2: the cell is empty; leave such rows out with --missing drop, or fill such cells in with "
            "--missing impute");
  EXPECT_THAT(refusal({"predict", plain, "--data", later, "--missing", "impute"}),
              HasSubstr("column \"size\" has missing cells, and the model keeps no values to fill them in with"));
  EXPECT_THAT(run({"predict", plain, "--data", later, "--missing", "drop", "-k", "1"}).out, HasSubstr("0,"));
  const std::string filling = fitted("f", {"euclidean", "--train", train, "--drop", "name", "--missing", "impute"});
  const Outcome outcome = run({"predict", filling, "--data", later, "-k", "1"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("missing cells are filled in, in 1 column (\"size\")"));
}

TEST_F(Tables, StandardInputIsATable) {
  const std::string command = "cat " + train + " | " HOLDFAST_PROGRAM " fit euclidean --train - --drop name --out " +
                              path("m") + " > " + path("out") + " 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0) << read_file(path("out"));
  EXPECT_THAT(read_file(path("out")), HasSubstr("4 rows, 4 features, 2 classes"));
}

}  // namespace
}  // namespace holdfast::cli
