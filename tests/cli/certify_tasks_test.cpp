// certify --test-pairs and --retrieval.
#include <cmath>

#include "program.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::cli {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

/// Rows on a line under the Euclidean metric; the test rows are of classes that the model does not know.
class TasksOnALine : public InFolder {
 protected:
  TasksOnALine() {
    train_ = file("train.csv", "name,x,class\ne,0,p\nf,1,p\ng,10,q\nh,11,q\n");
    test_ = file("test.csv", "name,x,class\na,0,u\nb,2,u\nc,5,v\nd,9,w\n");
    model_ = fitted("m", {"euclidean", "--train", train_, "--id", "name", "--preprocess", "none"});
    pairs_ = file("pairs.csv", "first,second,label\n0,1,1\n1,2,1\n2,3,-1\n");
  }

  [[nodiscard]] Arguments certify(const Arguments& more) const {
    Arguments all = {"certify", model_, "--test", test_};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  std::string train_;
  std::string test_;
  std::string model_;
  std::string pairs_;
};

TEST_F(TasksOnALine, PairsHaveALineEach) {
  const Outcome outcome = run(certify({"--test-pairs", pairs_, "--threshold", "2.5", "--out", path("r.csv")}));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const std::vector<std::string> lines = lines_of(read_file(path("r.csv")));
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0], "first,second,label,decision,distance,norm,method,radius,space");
  EXPECT_THAT(lines[1], testing::StartsWith("0,1,1,same,2,l2,exact,"));
  EXPECT_THAT(lines[2], testing::StartsWith("1,2,1,different,3,l2,exact,"));
  EXPECT_THAT(lines[3], testing::StartsWith("2,3,-1,different,4,l2,exact,"));
  EXPECT_NEAR(std::stod(cells_of(lines[1]).at(7)), 0.5, reference::radii);
  EXPECT_NEAR(std::stod(cells_of(lines[2]).at(7)), 0.5, reference::radii);
  EXPECT_NEAR(std::stod(cells_of(lines[3]).at(7)), 1.5, reference::radii);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("3 pairs, 1 of them called the same, accuracy 0.6667"),
                                 HasSubstr("the first member changes the decision")));
}

TEST_F(TasksOnALine, PairsInJsonCountWrongDecisionsAsZero) {
  const Outcome outcome =
      run(certify({"--test-pairs", pairs_, "--threshold", "2.5", "--move", "both", "--eps", "0.3", "--json"}));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json result = json_of(outcome.out);
  EXPECT_EQ(result.at("pairs"), 3);
  EXPECT_EQ(result.at("same"), 1);
  EXPECT_EQ(result.at("move"), "both");
  EXPECT_EQ(result.at("threshold"), 2.5);
  const json& l2 = result.at("results").at(0);
  EXPECT_NEAR(l2.at("mean_radius").get<double>(), (0.25 + 0.0 + 0.75) / 3.0, reference::radii);
  EXPECT_NEAR(l2.at("certified_accuracy").at(0).at("accuracy").get<double>(), 1.0 / 3.0, reference::rounding);
}

TEST_F(TasksOnALine, TheThresholdIsThatOfEvaluate) {
  const std::string training = file("training.csv", "0,1,1\n2,3,1\n0,2,-1\n");
  const json certified = json_of(run(certify({"--test-pairs", pairs_, "--threshold-pairs", training, "--json"})).out);
  const Outcome outcome =
      run({"evaluate", model_, "--test", test_, "--test-pairs", pairs_, "--threshold-pairs", training, "--json"});
  EXPECT_EQ(certified.at("threshold"), json_of(outcome.out).at("verification").at("threshold"));
  EXPECT_EQ(certified.at("threshold"), 5.5);
  // Drawn by label, they are drawn alike.
  const json drawn = json_of(run(certify({"--test-pairs", pairs_, "--json"})).out);
  const json evaluated = json_of(run({"evaluate", model_, "--test", test_, "--test-pairs", pairs_, "--json"}).out);
  EXPECT_EQ(drawn.at("threshold"), evaluated.at("verification").at("threshold"));
}

TEST_F(TasksOnALine, WrongOptionsOfPairsAreRefused) {
  const auto refused = [&](const Arguments& more) {
    Arguments all = certify({"--test-pairs", pairs_, "--out", path("r.csv")});
    all.insert(all.end(), more.begin(), more.end());
    return refusal(all);
  };
  EXPECT_THAT(refused({"--threshold", "near"}), HasSubstr("must be a distance of at least 0, or auto"));
  EXPECT_THAT(refused({"--threshold", "-1"}), HasSubstr("must be a finite distance of at least 0"));
  EXPECT_THAT(refused({"--threshold", "1", "--move", "none"}), HasSubstr("must be one or both"));
  EXPECT_THAT(refused({"--threshold", "1", "--norm", "linf"}), HasSubstr("in l2 or an ellipsoid"));
  EXPECT_THAT(refused({"--threshold", "1", "--box", "0,20"}), HasSubstr("without a box"));
  EXPECT_THAT(refused({"--threshold-pairs", file("one.csv", "0,1,1\n")}),
              HasSubstr("needs similar and dissimilar training pairs"));
  EXPECT_THAT(refused({"--retrieval"}), HasSubstr("two tasks"));
  EXPECT_THAT(refusal({"certify", model_, model_, "--test", test_, "--retrieval"}), HasSubstr("one model at a time"));
  const Outcome outcome = run(certify({"--test-pairs", pairs_, "--threshold", "1", "-k", "3"}));
  EXPECT_THAT(outcome.err, HasSubstr("-k has no effect with --test-pairs"));
  EXPECT_THAT(run(certify({"--move", "both", "--retrieval"})).err,
              HasSubstr("--move has no effect without --test-pairs"));
}

TEST_F(TasksOnALine, ModelsWithoutLabelsNeedAThreshold) {
  const std::string rows = file("rows.csv", "x\n0\n1\n10\n11\n");
  const std::string learned =
      fitted("unlabelled", {"itml", "--train", rows, "--label", "none", "--pairs",
                            file("p.csv", "0,1,1\n2,3,1\n0,2,-1\n1,3,-1\n"), "--preprocess", "none"});
  const Arguments all = {"certify", learned, "--test", test_, "--test-pairs", pairs_};
  EXPECT_THAT(refusal(all), HasSubstr("no labels by which to draw pairs"));
  Arguments given = all;
  given.insert(given.end(), {"--threshold", "2"});
  EXPECT_EQ(run(given).status, 0);
}

TEST_F(TasksOnALine, RetrievalHasALinePerRow) {
  const Outcome outcome = run(certify({"--retrieval", "--norm", "l2,linf", "--out", path("r.csv")}));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const std::vector<std::string> lines = lines_of(read_file(path("r.csv")));
  ASSERT_EQ(lines.size(), 9u);
  EXPECT_EQ(lines[0], "row,label,predicted,norm,method,radius,space,nearest,same_row,name");
  const std::vector<std::string> first = cells_of(lines[1]);
  EXPECT_EQ(first.at(2), "u");
  EXPECT_EQ(first.at(4), "exact");
  EXPECT_NEAR(std::stod(first.at(5)), 3.5, reference::radii);  // between 2 and 5
  EXPECT_EQ(first.at(7), "1");
  EXPECT_NEAR(std::stod(first.at(8)), 3.5, reference::radii);
  EXPECT_EQ(first.at(9), "a");
  EXPECT_EQ(cells_of(lines[3]).at(5), "");  // the only row of its class
  EXPECT_EQ(cells_of(lines[5]).at(4), "bound");
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("2 queries, each to the other 3 rows"), HasSubstr("recall@1 1.0000"),
                                 HasSubstr("(2 rows are the only one of their class"), HasSubstr("same row")));
}

TEST_F(TasksOnALine, RetrievalInJson) {
  const json result = json_of(run(certify({"--retrieval", "--eps", "1", "--json"})).out);
  EXPECT_EQ(result.at("n"), 4);
  EXPECT_EQ(result.at("queries"), 2);
  EXPECT_EQ(result.at("excluded"), 2);
  EXPECT_EQ(result.at("recall_at_1"), 1.0);
  const json& l2 = result.at("results").at(0);
  EXPECT_EQ(l2.at("method"), "exact");
  // From 2, the rows at 0 and 5 are as near at 2.5.
  EXPECT_NEAR(l2.at("mean_radius").get<double>(), 0.5 * (3.5 + 0.5), reference::radii);
  EXPECT_EQ(l2.at("certified_accuracy").at(0).at("accuracy"), 0.5);
  // Of 3.5, 0.5, 0.5 and 5.5.
  EXPECT_NEAR(l2.at("same_row").at("median_radius").get<double>(), 2.0, reference::radii);
  const std::string lone = file("lone.csv", "name,x,class\na,0,u\nb,2,v\n");
  EXPECT_THAT(refusal({"certify", model_, "--test", lone, "--retrieval", "--out", path("r.csv")}),
              HasSubstr("no two rows are of one class"));
}

}  // namespace
}  // namespace holdfast::cli
