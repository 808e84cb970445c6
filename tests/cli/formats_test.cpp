// Data formats, labels of any type, and results that can be had again.
#include <zip.h>

#include "program.hpp"

namespace holdfast::cli {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::StartsWith;

class Formats : public InFolder {
 protected:
  /// Fits on the arguments' data, predicts rows, and returns the predicted labels.
  std::vector<std::string> predicted(const Arguments& training, const Arguments& data) const {
    Arguments fit = {"euclidean"};
    fit.insert(fit.end(), training.begin(), training.end());
    Arguments predict = {"predict", fitted("m", fit), "-k", "1", "--data"};
    predict.insert(predict.end(), data.begin(), data.end());
    const Outcome outcome = run(predict);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    std::vector<std::string> labels;
    for (const std::string& line : lines_of(outcome.out)) labels.push_back(line.substr(line.find(',') + 1));
    if (!labels.empty()) labels.erase(labels.begin());
    return labels;
  }

  json json_output_of(const Arguments& arguments) const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return json_of(outcome.out);
  }

  const std::string rows = "0,0\n9,9\n";
};

TEST_F(Formats, LabelsKeepTheirText) {
  const std::string data = file("q.csv", rows);
  EXPECT_THAT(predicted({"--train", file("t.csv", "a,b,c\n0,1,red wine\n9,8,\"ros\u00e9, dry\"\n")}, {data}),
              ElementsAre("red wine", "\"ros\u00e9, dry\""));
  EXPECT_THAT(predicted({"--train", file("t.csv", "a,b,c\n0,1,-1\n9,8,+1\n")}, {data}), ElementsAre("-1", "+1"));
  EXPECT_THAT(predicted({"--train", file("t.csv", "a,b,c\n0,1,0.5\n9,8,2.5\n")}, {data}), ElementsAre("0.5", "2.5"));
}

TEST_F(Formats, LabelsWithLeadingZerosStayAsTheyAre) {
  const std::string train = file("t.csv", "a,b,c\n0,1,007\n9,8,7\n");
  EXPECT_THAT(predicted({"--train", train}, {file("q.csv", rows)}), ElementsAre("007", "7"));
  const std::string test = file("e.csv", "a,b,c\n0,1,007\n9,8,7\n8,8,7\n");
  const json result = json_output_of({"evaluate", path("m"), "--test", test, "-k", "1", "--json"});
  EXPECT_EQ(result.at("accuracy"), 1.0);
}

TEST_F(Formats, LabelColumnByNameInTheMiddle) {
  const std::string train = file("t.csv", "a,kind,b\n0,low,1\n9,high,8\n");
  EXPECT_THAT(predicted({"--train", train, "--label", "kind"}, {train, "--label", "kind"}), ElementsAre("low", "high"));
  // The same columns without the labels.
  EXPECT_THAT(predicted({"--train", train, "--label", "kind"}, {file("q.csv", "a,b\n9,9\n"), "--label", "none"}),
              ElementsAre("high"));
}

TEST_F(Formats, TsvAndGzip) {
  EXPECT_THAT(predicted({"--train", file("t.tsv.gz", as_gzip("a\tb\tc\n0\t1\tx\n9\t8\ty\n"))}, {file("q.csv", rows)}),
              ElementsAre("x", "y"));
}

TEST_F(Formats, LibsvmIsFilledUpToTheModelsWidth) {
  const std::string train = file("t.libsvm", "-1 1:0.5 3:1\n+1 1:9 2:8 3:7\n");
  EXPECT_THAT(predicted({"--train", train}, {file("q.libsvm", "1 1:9 2:9\n-1 1:0.1\n")}), ElementsAre("1", "-1"));
  const json result =
      json_output_of({"evaluate", path("m"), "--test", file("s.svm", "-1 2:0.5\n+1 1:9 2:9\n"), "-k", "1", "--json"});
  EXPECT_EQ(result.at("accuracy"), 1.0);
}

TEST_F(Formats, LibsvmFromIndexZeroIsRememberedByTheModel) {
  const std::string train = file("t.libsvm", "-1 0:0.5 2:1\n+1 0:9 1:8 2:7\n");
  // Without the feature 0 in it, the file alone would be read one column to the left: (9, 0, 0) and (0, 1, 0).
  const std::string later = file("q.libsvm", "1 1:9\n-1 2:1\n");
  EXPECT_THAT(predicted({"--train", train}, {later}), ElementsAre("-1", "-1"));
  const json mapped = json_output_of({"evaluate", path("m"), "--test", later, "-k", "1", "--json"});
  EXPECT_THAT(mapped.at("notes")[0], testing::EndsWith("indices count from 0, as in the training file"));
}

TEST_F(Formats, NotesOfPairsAreTold) {
  const std::string data = file("t.csv", "0,1,x\n0,2,x\n9,8,y\n9,9,y\n");
  const std::string pairs = file("p.txt", "0 1 1\n2 3 1\n0 2 0\n");
  const Outcome outcome = run({"fit", "gmml", "--train", data, "--pairs", pairs, "--out", path("m"), "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(json_of(outcome.out).at("notes")[0],
              testing::HasSubstr("p.txt: the label 0 stands for dissimilar pairs"));
}

TEST_F(Formats, StandardInputIsReadOnce) {
  const std::string model = fitted("m", {"euclidean", "--train", file("t.csv", "0,1,x\n9,8,y\n")});
  file("q.csv", "9,9,x\n0,0,x\n");
  const std::string command = "'" + std::string(HOLDFAST_PROGRAM) + "' evaluate '" + model + "' -k 1 --json --test ";
  for (const char* name : {"- <", "/dev/stdin <"})
    EXPECT_EQ(std::system((command + name + " '" + path("q.csv") + "' >'" + path("out") + "'").c_str()), 0);
  ASSERT_EQ(std::system(("cat '" + path("q.csv") + "' | " + command + "- >'" + path("out") + "'").c_str()), 0);
  EXPECT_EQ(json_of(read_file(path("out"))).at("accuracy"), 0.5);
}

TEST_F(Formats, NpyWithAFileOfLabels) {
  const std::string train = file("t.npy", as_npy(2, 2, {0, 1, 9, 8}));
  EXPECT_THAT(predicted({"--train", train, "--labels", file("l.txt", "near\nfar\n")}, {train}),
              ElementsAre("near", "far"));
}

TEST_F(Formats, NpzHoldsRowsAndLabels) {
  const std::string x = as_npy(2, 2, {0, 1, 9, 8});
  const std::vector<double> classes = {3, 4};
  const std::string y = npy_header("(2,)") + std::string(reinterpret_cast<const char*>(classes.data()), 16);
  zip_t* archive = zip_open(path("t.npz").c_str(), ZIP_CREATE, nullptr);
  ASSERT_NE(archive, nullptr);
  zip_file_add(archive, "X.npy", zip_source_buffer(archive, x.data(), x.size(), 0), 0);
  zip_file_add(archive, "y.npy", zip_source_buffer(archive, y.data(), y.size(), 0), 0);
  ASSERT_EQ(zip_close(archive), 0);
  EXPECT_THAT(predicted({"--train", path("t.npz")}, {path("t.npz")}), ElementsAre("3", "4"));
}

TEST_F(Formats, IdxWithLabelsAndTestLabels) {
  using namespace std::string_literals;
  const std::string images =
      file("train-images-idx3-ubyte.gz", as_gzip(idx_header({2, 2, 2}) + "\0\0\1\1\xC8\xC9\xC8\xC7"s));
  const std::string labels = file("train-labels-idx1-ubyte", idx_header({2}) + "\4\7"s);
  EXPECT_THAT(predicted({"--train", images, "--labels", labels}, {images}), ElementsAre("4", "7"));
  const std::string test = file("t10k-images-idx3-ubyte", idx_header({2, 2, 2}) + "\0\0\1\2\xC8\xC9\xC8\xC7"s);
  const json evaluated =
      json_output_of({"evaluate", path("m"), "--test", test, "--test-labels", labels, "-k", "1", "--json"});
  EXPECT_EQ(evaluated.at("accuracy"), 1.0);
  const json certified = json_output_of({"certify", path("m"), "--test", test, "--test-labels", labels, "--json"});
  EXPECT_GT(certified.at("results")[0].at("mean_radius").get<double>(), 100.0);
}

TEST_F(Formats, FormatOptionOverridesTheName) {
  EXPECT_THAT(predicted({"--train", file("t.data", "0,1,x\n9,8,y\n"), "--format", "csv"},
                        {file("q.data", rows), "--format", "csv"}),
              ElementsAre("x", "y"));
}

class Repeatable : public InFolder {
 protected:
  const std::string wine = shipped("wine.csv.gz");
  const Arguments lmnn = {"lmnn", "--train", wine, "--perturbation", "auto", "--seed", "3"};

  std::string predictions(const std::string& model, const std::string& threads) const {
    return run({"predict", model, "--data", wine, "--certify", "--threads", threads}).out;
  }
};

TEST_F(Repeatable, SameSeedAndThreadsGiveTheSameModelBitForBit) {
  Arguments arguments = lmnn;
  arguments.insert(arguments.end(), {"--threads", "2"});
  fitted("a", arguments);
  fitted("b", arguments);
  ASSERT_GT(read_file(path("a")).size(), 1000u);
  EXPECT_TRUE(read_file(path("a")) == read_file(path("b")));
}

TEST_F(Repeatable, OtherThreadsGiveTheSamePredictions) {
  Arguments one = lmnn;
  one.insert(one.end(), {"--threads", "1"});
  Arguments three = lmnn;
  three.insert(three.end(), {"--threads", "3"});
  fitted("a", one);
  fitted("b", three);
  const std::vector<std::string> first = lines_of(predictions(path("a"), "1"));
  const std::vector<std::string> second = lines_of(predictions(path("b"), "3"));
  ASSERT_EQ(first.size(), 179u);
  ASSERT_EQ(second.size(), 179u);
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(cells_of(first[i]).at(1), cells_of(second[i]).at(1));
}

TEST_F(Repeatable, NoiseFollowsTheSeed) {
  fitted("m", {"euclidean", "--train", wine});
  const auto noisy = [&](const std::string& seed) {
    return run({"evaluate", path("m"), "--test", wine, "--noise", "gaussian:0", "--seed", seed, "--json"}).out;
  };
  EXPECT_EQ(noisy("1"), noisy("1"));
  EXPECT_NE(noisy("1"), noisy("2"));
}

/// An output that is an input is refused, and the input is as it was: `refusal` compares every file of the folder.
TEST_F(Repeatable, NoCommandOverwritesItsInput) {
  const std::string data = file("wine.csv", gunzipped(wine));
  const std::string model = fitted("m", {"euclidean", "--train", data});
  const std::string expected = ": is an input of this command and would be overwritten; give another output file";
  EXPECT_EQ(refusal({"fit", "lmnn", "--train", data, "--out", data}), "wine.csv" + expected);
  EXPECT_EQ(refusal({"predict", model, "--data", data, "--out", data}), "wine.csv" + expected);
  EXPECT_EQ(refusal({"predict", model, "--data", data, "--out", model}), "m" + expected);
  EXPECT_EQ(refusal({"certify", model, "--test", data, "--out", data}), "wine.csv" + expected);
  EXPECT_EQ(refusal({"certify", model, "--test", data, "--out", model}), "m" + expected);
  EXPECT_EQ(refusal({"transform", model, "--data", data, "--out", data}), "wine.csv" + expected);
  std::filesystem::create_symlink(data, path("link.csv"));
  EXPECT_EQ(refusal({"transform", model, "--data", data, "--out", path("link.csv")}), "link.csv" + expected);
  const std::string labels = file("labels.txt", std::string(356, 'x'));
  EXPECT_EQ(refusal({"fit", "lmnn", "--train", data, "--labels", labels, "--out", labels}), "labels.txt" + expected);
}

TEST_F(Repeatable, AModelIsReplacedByANewOne) {
  fitted("m", {"euclidean", "--train", wine});
  fitted("m", {"euclidean", "--train", shipped("iris.csv.gz")});
  EXPECT_THAT(json_of(run({"info", path("m"), "--json"}).out).at("n"), 150);
  EXPECT_EQ(listing().size(), 1u);  // no temporary file remains
}

}  // namespace
}  // namespace holdfast::cli
