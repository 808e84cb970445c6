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
  EXPECT_EQ(lines[0], "first,second,label,decision,distance,norm,method,radius,space,threshold,move");
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

/// The file with a text replaced, and what the check says of it.
class ChecksOnALine : public TasksOnALine {
 protected:
  [[nodiscard]] Arguments check(const Arguments& more) const {
    Arguments all = certify({"--check", path("r.csv")});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  [[nodiscard]] std::string refused(const std::string& right, const std::string& wrong,
                                    const Arguments& more = {}) const {
    const std::string text = read_file(path("r.csv"));
    const std::size_t at = text.find(right);
    EXPECT_NE(at, std::string::npos) << right;
    std::string changed = text;
    file("r.csv", changed.replace(at, right.size(), wrong));
    const std::string message = refusal(check(more));
    file("r.csv", text);
    return message;
  }
};

TEST_F(ChecksOnALine, PairsAreVerified) {
  for (const char* moved : {"one", "both"}) {
    ASSERT_EQ(run(certify({"--test-pairs", pairs_, "--threshold", "2.5", "--move", moved, "--out", path("r.csv"),
                           "--witnesses", path("w.npy")}))
                  .status,
              0);
    for (const Arguments& more : {Arguments{}, Arguments{"--test-pairs", pairs_}}) {
      const json checked = json_of(run(check({"--json"})).out);
      EXPECT_TRUE(checked.at("holds").get<bool>());
      EXPECT_EQ(checked.at("threshold"), 2.5);
      EXPECT_EQ(checked.at("move"), moved);
      EXPECT_EQ(checked.at("checked").at(0).at("lines"), 3);
      EXPECT_EQ(run(check(more)).status, 0);
    }
    const json with = json_of(run(check({"--witnesses", path("w.npy"), "--json"})).out).at("checked").at(0);
    EXPECT_EQ(with.at("witnesses"), 3);
    EXPECT_EQ(with.at("lower_open"), 0);
    EXPECT_EQ(with.at("upper_open"), 0);
  }
  EXPECT_EQ(json_of(run(check({"--limit", "2", "--json"})).out).at("checked").at(0).at("lines"), 2);
  EXPECT_THAT(run(check({"-k", "3", "--move", "one"})).err,
              AllOf(HasSubstr("-k has no effect"), HasSubstr("--move has no effect with --check")));
}

TEST_F(ChecksOnALine, WrongPairsAreRefused) {
  ASSERT_EQ(run(certify({"--test-pairs", pairs_, "--threshold", "2.5", "--out", path("r.csv")})).status, 0);
  const std::vector<std::string> third = cells_of(lines_of(read_file(path("r.csv"))).at(3));
  EXPECT_THAT(refused(third.at(7), "1.6"), HasSubstr("r.csv:4: pair 2,3: the radius 1.6 is too large"));
  EXPECT_THAT(refused(third.at(7), "1.4"), HasSubstr("r.csv:4: pair 2,3: the exact radius 1.4 is too small"));
  EXPECT_THAT(refused("same", "different"), HasSubstr("r.csv:2: pair 0,1: the pair is called different"));
  EXPECT_THAT(refused("1,2,1,different,3", "1,2,1,different,3.1"), HasSubstr("the distance of the pair is 3, not 3.1"));
  EXPECT_THAT(refused(",2.5,one", ",2.6,one"), HasSubstr("r.csv:3: has another threshold or move than line 2"));
  EXPECT_THAT(refused(",2.5,one", ",2.5,none"), HasSubstr("r.csv:2: move \"none\": must be one or both"));
  EXPECT_THAT(refused(",exact,", ",guess,"), HasSubstr("r.csv:2: method \"guess\": must be exact or bound"));
  EXPECT_THAT(refused(",l2,", ",linf,"), HasSubstr("in l2 or an ellipsoid"));
  // The pairs of a file have to be there, as they are there.
  const Arguments with_pairs = {"--test-pairs", pairs_};
  EXPECT_THAT(refused("0,1,1,", "0,1,-1,", with_pairs),
              HasSubstr("r.csv:2: pair 0,1 with the label -1 is not the pair number 1 of pairs.csv"));
  EXPECT_THAT(refused(lines_of(read_file(path("r.csv"))).at(3), "", with_pairs),
              HasSubstr("r.csv: has no line about pair 2,3 of pairs.csv in l2"));
  // The members themselves, as witnesses, have not moved.
  const std::string still = file("still.npy", as_npy(3, 2, {0.1, 2.0, 2.0, 5.0, 5.0, 9.0}));
  EXPECT_THAT(refusal(check({"--witnesses", still})),
              HasSubstr("r.csv:2: pair 0,1: the witness at 0.1 has the same decision as the pair"));
  EXPECT_THAT(refusal(check({"--witnesses", file("one.npy", as_npy(3, 1, {0.0, 2.0, 5.0}))})),
              HasSubstr("one.npy: has 1 columns; perturbed rows of r.csv have 2"));
}

TEST_F(ChecksOnALine, SearchesAreVerified) {
  ASSERT_EQ(
      run(certify({"--retrieval", "--norm", "l2,linf", "--out", path("r.csv"), "--witnesses", path("w.npy")})).status,
      0);
  const json checked = json_of(run(check({"--witnesses", path("w.npy"), "--json"})).out);
  EXPECT_TRUE(checked.at("holds").get<bool>());
  ASSERT_EQ(checked.at("checked").size(), 2u);
  EXPECT_EQ(checked.at("checked").at(0).at("norm"), "l2");
  EXPECT_EQ(checked.at("checked").at(0).at("lines"), 4);
  EXPECT_EQ(checked.at("checked").at(0).at("witnesses"), 2);
  EXPECT_EQ(checked.at("checked").at(0).at("upper_open"), 0);
  EXPECT_EQ(checked.at("checked").at(1).at("witnesses"), 0);
  const Outcome without = run(check({"-k", "3", "--retrieval"}));
  EXPECT_EQ(without.status, 0);
  EXPECT_THAT(without.out, AllOf(HasSubstr("2 upper ends not verified"), HasSubstr("which --witnesses gives")));
  EXPECT_THAT(without.err, AllOf(HasSubstr("-k has no effect"), HasSubstr("--retrieval has no effect with --check")));
}

TEST_F(ChecksOnALine, WrongSearchesAreRefused) {
  ASSERT_EQ(run(certify({"--retrieval", "--out", path("r.csv"), "--witnesses", path("w.npy")})).status, 0);
  const std::vector<std::string> lines = lines_of(read_file(path("r.csv")));
  const std::vector<std::string> first = cells_of(lines.at(1));
  EXPECT_THAT(refused("l2,exact," + first.at(5), "l2,exact,3.6"),
              HasSubstr("r.csv:2: row 0: the exact radius 3.6 is too large"));
  EXPECT_THAT(refused(first.at(8) + ",a", "3.6,a"),
              HasSubstr("r.csv:2: row 0: the radius 3.6 of the nearest row is too large"));
  EXPECT_THAT(refused(first.at(8) + ",a", "3.4,a"), HasSubstr("of the nearest row is too small"));
  EXPECT_THAT(refused("0,u,u,", "0,u,w,"), HasSubstr("r.csv:2: row 0: the class of row 1 is u, not w"));
  EXPECT_THAT(refused("0,u,u,", "0,v,u,"), HasSubstr("r.csv:2: row 0: the class of row 0 is u, not v"));
  EXPECT_THAT(refused(lines.at(3), ""), HasSubstr("r.csv: has 0 lines about row 2 in l2 (retrieval) instead of one"));
  EXPECT_THAT(refused(lines.at(3), lines.at(3) + "\n" + lines.at(3)), HasSubstr("has 2 lines about row 2"));
  EXPECT_THAT(refused("0,u,u,", "7,u,u,"), HasSubstr("r.csv:2:1: \"7\" is no row of the test data"));
  // The row itself flips nothing, but stands for no witness; a row nearby is one that does not flip.
  const std::string near = file("near.npy", as_npy(4, 1, {0.1, 2.0, 5.0, 9.0}));
  EXPECT_THAT(refusal(check({"--witnesses", near})),
              HasSubstr("r.csv:2: row 0: the witness at 0.1 has the same prediction"));
  EXPECT_THAT(refused(lines.front(), "row,label,predicted,norm,method,radius,space,nearer,same_row,name"),
              HasSubstr("r.csv:1:1: has no column \"nearest\""));
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
