// evaluate, certify and attack on the training rows, and on classes that the model never saw.
#include "program.hpp"

namespace holdfast::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class Judging : public InFolder {
 protected:
  static json json_output_of(Arguments arguments) {
    arguments.emplace_back("--json");
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return json_of(outcome.out);
  }
  static std::string note_of(const json& result) { return result.value("notes", json::array({""})).at(0); }

  const std::string iris = shipped("iris.csv.gz");
  const std::string train = file("train.csv", "x,y,c\n1,2,a\n1,3,a\n8,9,b\n8,8,b\n");
  const std::string unseen = file("unseen.csv", "x,y,c\n30,2,c\n31,3,c\n2,40,d\n3,41,d\n");
  const std::string model = fitted("m", {"euclidean", "--train", train});
};

TEST_F(Judging, UnseenClassesAreRetrievedAndVerified) {
  const std::string pairs = file("pairs.csv", "0,1,1\n2,3,1\n0,2,-1\n1,3,-1\n");
  for (const Arguments& of_pairs : {Arguments{"--verification"}, Arguments{"--test-pairs", pairs}}) {
    Arguments arguments = {"evaluate", model, "--test", unseen, "--noise", "gaussian:10"};
    arguments.insert(arguments.end(), of_pairs.begin(), of_pairs.end());
    const json result = json_output_of(arguments);
    EXPECT_TRUE(result.at("accuracy").is_null());
    EXPECT_TRUE(result.at("noise")[0].at("accuracy_mean").is_null());
    EXPECT_EQ(result.at("retrieval").at("map_at_r"), 1.0);
    EXPECT_EQ(result.at("verification").at("auc"), 1.0);
    EXPECT_THAT(note_of(result),
                HasSubstr("all rows are of 2 classes that the model does not know (\"c\", ...), so that "
                          "k-NN accuracy is n/a"));
  }
  EXPECT_THAT(run({"evaluate", model, "--test", unseen}).out, HasSubstr("accuracy                 n/a\n"));
}

TEST_F(Judging, AccuracyIsThatOfTheKnownClasses) {
  const std::string mixed = file("mixed.csv", "x,y,c\n1,2,a\n8,8,b\n1,1,b\n2,40,d\n");
  const json result = json_output_of({"evaluate", model, "--test", mixed, "-k", "1"});
  EXPECT_DOUBLE_EQ(result.at("accuracy").get<double>(), 2.0 / 3.0);
  EXPECT_THAT(note_of(result),
              HasSubstr("1 of 4 rows are of a class that the model does not know (\"d\"); k-NN accuracy "
                        "is that of the other 3 rows"));
}

TEST_F(Judging, FiguresThatDoNotExistAreNotZero) {
  const std::string one = file("one.csv", "x,y,c\n1,2,a\n");
  const json result =
      json_output_of({"evaluate", model, "--test", one, "--noise", "gaussian:10", "--repeats", "1", "--verification"});
  EXPECT_EQ(result.at("accuracy"), 1.0);
  EXPECT_TRUE(result.at("noise")[0].at("accuracy_std").is_null());
  for (const json& figure : {result.at("retrieval").at("recall_at_1"), result.at("retrieval").at("map_at_r"),
                             result.at("verification").at("auc"), result.at("verification").at("accuracy")}) {
    EXPECT_TRUE(figure.is_null());
  }
  EXPECT_EQ(refusal({"evaluate", model, "--test", one, "--roc", path("roc.csv")}),
            "--roc: a curve needs pairs of both kinds; there are 0 similar and 0 dissimilar test pairs");
}

TEST_F(Judging, TheTrainingRowsAreLeftOutOneByOne) {
  const std::string of_iris = fitted("i", {"euclidean", "--train", iris});
  const std::vector<std::string> lines = lines_of(gunzipped(iris));
  std::string reversed = lines[0] + "\n";
  for (std::size_t i = lines.size() - 1; i > 0; --i) reversed += lines[i] + "\n";
  const std::string backwards = file("backwards.csv", reversed);
  for (const std::string& rows : {iris, backwards}) {
    const json result = json_output_of({"evaluate", of_iris, "--test", rows, "-k", "1", "--verification"});
    EXPECT_EQ(result.at("accuracy"), result.at("retrieval").at("recall_at_1"));
    EXPECT_LT(result.at("accuracy").get<double>(), 1.0);
    EXPECT_THAT(note_of(result), HasSubstr("leave-one-out"));
    // No pair chooses the threshold that judges it: at most half of all similar pairs are judged.
    EXPECT_LE(result.at("verification").at("similar").get<int>(), (3 * 50 * 49 / 2 + 1) / 2);
  }
  const json limited = json_output_of({"certify", of_iris, "--test", iris, "--limit", "80"});
  EXPECT_LT(limited.at("accuracy").get<double>(), 1.0);  // row 70 is nearest to a virginica
  EXPECT_THAT(note_of(limited), HasSubstr("leave-one-out"));
  EXPECT_THAT(note_of(json_output_of({"attack", of_iris, "--test", iris, "--limit", "5"})), HasSubstr("leave-one-out"));
  // To predict is not to judge.
  const Outcome predicted = run({"predict", of_iris, "--data", iris, "-k", "1"});
  EXPECT_EQ(predicted.err, "");
  EXPECT_EQ(lines_of(predicted.out).at(71), "70,versicolor");
}

TEST_F(Judging, TheCheckOfRadiiKnowsWhichRowsWereLeftOut) {
  const std::string of_iris = fitted("i", {"euclidean", "--train", iris});
  json_output_of({"certify", of_iris, "--test", iris, "--method", "bound,exact", "--out", path("r.csv"), "--witnesses",
                  path("w.npy")});
  const json checked =
      json_output_of({"certify", of_iris, "--test", iris, "--check", path("r.csv"), "--witnesses", path("w.npy")});
  EXPECT_TRUE(checked.at("holds").get<bool>());
  EXPECT_THAT(note_of(checked), HasSubstr("leave-one-out"));
}

}  // namespace
}  // namespace holdfast::cli
