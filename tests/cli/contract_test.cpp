// The contract of the command line: what each command prints, writes and accepts.
#include "program.hpp"

namespace holdfast::cli {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// Commands of the contract, on data that ship with the program.
class Contract : public InFolder {
 protected:
  /// Runs a command that is to succeed without a word but notes on standard error.
  static std::string output_of(const Arguments& arguments) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(without_notes(outcome.err), "");
    return outcome.out;
  }

  static json json_output_of(Arguments arguments) {
    arguments.push_back("--json");
    return json_of(output_of(arguments));
  }

  const std::string wine = shipped("wine.csv.gz");
  const std::string iris = shipped("iris.csv.gz");
};

std::vector<std::string> keys_of(const json& object) {
  std::vector<std::string> keys;
  for (const auto& entry : object.items()) keys.push_back(entry.key());
  return keys;
}

TEST_F(Contract, FitEuclideanWritesAModelAndReports) {
  const json report = json_output_of({"fit", "euclidean", "--train", wine, "--out", path("m")});
  EXPECT_EQ(report.at("method"), "euclidean");
  EXPECT_EQ(report.at("n"), 178);
  EXPECT_EQ(report.at("d"), 13);
  EXPECT_EQ(report.at("classes"), 3);
  EXPECT_EQ(report.at("n_triplets"), 0);
  EXPECT_TRUE(report.at("converged").get<bool>());
  EXPECT_TRUE(std::filesystem::is_regular_file(path("m")));
}

TEST_F(Contract, FitReportsEveryKey) {
  const json report = json_output_of({"fit", "lmnn", "--train", wine, "--out", path("m")});
  for (const char* key : {"method", "n", "d", "classes", "n_triplets", "objective", "iterations", "converged", "reason",
                          "seconds", "options"}) {
    EXPECT_TRUE(report.contains(key)) << key;
  }
  const double pairs = 178 * 3;
  const double triplets = report.at("n_triplets");
  EXPECT_GE(triplets, 10 * pairs) << "new impostors are added";
  EXPECT_GT(report.at("objective").get<double>(), 0.0);
  EXPECT_GT(report.at("iterations").get<int>(), 0);
  EXPECT_THAT(report.at("reason").get<std::string>(), StartsWith("converged"));
  EXPECT_GT(report.at("seconds").get<double>(), 0.0);
  EXPECT_EQ(report.at("options").at("neighbors"), "3");
  EXPECT_EQ(report.at("options").at("refresh"), "30");
  EXPECT_DOUBLE_EQ(std::stod(report.at("options").at("mu").get<std::string>()), pairs / (pairs + triplets));
  EXPECT_EQ(report.at("options").at("preprocess"), "standardize");
}

TEST_F(Contract, FitWithPerturbationTellsWhatItDerived) {
  const json report = json_output_of({"fit", "lmnn", "--train", wine, "--perturbation", "auto", "--out", path("m")});
  EXPECT_EQ(report.at("options").at("perturbation"), "auto,auto");
  EXPECT_GT(std::stod(report.at("options").at("perturbation_weight").get<std::string>()), 0.0);
  EXPECT_GT(std::stod(report.at("options").at("perturbation_margin").get<std::string>()), 0.0);
}

TEST_F(Contract, FitWithGivenPerturbationKeepsIt) {
  const json report = json_output_of({"fit", "lmnn", "--train", iris, "--perturbation", "10,0.5", "--out", path("m")});
  EXPECT_EQ(report.at("options").at("perturbation_weight"), "10");
  EXPECT_EQ(report.at("options").at("perturbation_margin"), "0.5");
}

TEST_F(Contract, PerturbationRaisesTheCertifiedRadius) {
  const auto mean_radius = [&](const std::string& model) {
    return json_output_of({"certify", model, "--test", wine}).at("results")[0].at("mean_radius").get<double>();
  };
  const std::string plain = fitted("plain", {"lmnn", "--train", wine});
  const std::string robust = fitted("robust", {"lmnn", "--train", wine, "--perturbation", "auto"});
  EXPECT_GT(mean_radius(robust), mean_radius(plain));
}

TEST_F(Contract, EveryPreprocessingIsAccepted) {
  for (const char* steps : {"standardize", "minmax", "center", "unit", "pca:0.95", "pca:2", "whiten", "none", "auto",
                            "minmax,pca:3,unit"}) {
    fitted("m", {"lmnn", "--train", iris, "--preprocess", steps, "--max-iterations", "500"});
    const json about = json_output_of({"info", path("m")});
    if (std::string(steps) != "auto") {
      EXPECT_EQ(about.at("preprocess"), steps);
    }
    EXPECT_EQ(about.at("affine"), std::string(steps).find("unit") == std::string::npos) << steps;
  }
}

TEST_F(Contract, RankSetsTheDimensionOfMappedRows) {
  fitted("m", {"lmnn", "--train", wine, "--rank", "2"});
  EXPECT_EQ(json_output_of({"info", path("m")}).at("output_dimension"), 2);
}

TEST_F(Contract, FitListNamesTheMethodsWithALineEach) {
  const std::vector<std::string> lines = lines_of(output_of({"fit", "--list"}));
  ASSERT_GE(lines.size(), 2u);
  EXPECT_THAT(lines, Contains(StartsWith("euclidean  ")));
  EXPECT_THAT(lines, Contains(StartsWith("lmnn  ")));
  EXPECT_EQ(json_output_of({"fit", "--list"}).at("methods").size(), lines.size());
}

TEST_F(Contract, PredictPrintsCsv) {
  const std::string model = fitted("m", {"lmnn", "--train", iris});
  const std::vector<std::string> lines = lines_of(output_of({"predict", model, "--data", iris}));
  ASSERT_EQ(lines.size(), 151u);
  EXPECT_EQ(lines[0], "row,predicted");
  EXPECT_EQ(lines[1], "0,setosa");
  EXPECT_EQ(lines[150], "149,virginica");
}

TEST_F(Contract, PredictCertifiesOnRequest) {
  const std::string model = fitted("m", {"euclidean", "--train", iris});
  const std::vector<std::string> lines =
      lines_of(output_of({"predict", model, "--data", iris, "--certify", "-k", "1"}));
  ASSERT_EQ(lines.size(), 151u);
  EXPECT_THAT(lines[0], StartsWith("row,predicted,radius"));
  for (std::size_t i = 1; i < lines.size(); ++i) EXPECT_GE(std::stod(cells_of(lines[i]).at(2)), 0.0);
  EXPECT_GT(std::stod(cells_of(lines[1]).at(2)), 0.5);  // a setosa is far from the others
}

TEST_F(Contract, PredictWritesAFileAndNeedsNoLabels) {
  const std::string model = fitted("m", {"euclidean", "--train", iris});
  const std::string rows =
      file("rows.csv", "sepal_length,sepal_width,petal_length,petal_width\n5,3.5,1.4,0.2\n6,3,5,2\n");
  const json report = json_output_of({"predict", model, "--data", rows, "--out", path("p.csv")});
  EXPECT_EQ(report.at("n"), 2);
  EXPECT_EQ(read_file(path("p.csv")), "row,predicted\n0,setosa\n1,virginica\n");
  const json inlined = json_output_of({"predict", model, "--data", rows, "--certify"});
  ASSERT_EQ(inlined.at("predictions").size(), 2u);
  EXPECT_EQ(inlined.at("predictions")[1].at("predicted"), "virginica");
  EXPECT_GT(inlined.at("predictions")[1].at("radius").get<double>(), 0.0);
}

TEST_F(Contract, EvaluateGivesAccuracyNoiseAndRetrieval) {
  const std::string model = fitted("m", {"lmnn", "--train", wine});
  const json result = json_output_of({"evaluate", model, "--test", wine, "-k", "5", "--noise", "gaussian:20,10,-20",
                                      "--noise", "uniform:5", "--repeats", "3"});
  EXPECT_EQ(result.at("n"), 178);
  EXPECT_EQ(result.at("k"), 5);
  EXPECT_GT(result.at("accuracy").get<double>(), 0.95);
  const json& noise = result.at("noise");
  ASSERT_EQ(noise.size(), 4u);
  for (const json& level : noise) {
    EXPECT_THAT(keys_of(level), ElementsAre("accuracy_mean", "accuracy_std", "kind", "snr_db"));
    EXPECT_GE(level.at("accuracy_std").get<double>(), 0.0);
  }
  EXPECT_EQ(noise[0].at("kind"), "gaussian");
  EXPECT_EQ(noise[0].at("snr_db"), 20.0);
  EXPECT_EQ(noise[3].at("kind"), "uniform");
  EXPECT_GT(noise[0].at("accuracy_mean").get<double>(), noise[2].at("accuracy_mean").get<double>());
  for (const char* key : {"recall_at_1", "map_at_r", "r_precision"}) {
    EXPECT_GT(result.at("retrieval").at(key).get<double>(), 0.5) << key;
    EXPECT_LE(result.at("retrieval").at(key).get<double>(), 1.0) << key;
  }
}

TEST_F(Contract, EvaluateDefaultsToThreeNeighboursAndTenRepeats) {
  const std::string model = fitted("m", {"euclidean", "--train", iris});
  const json result = json_output_of({"evaluate", model, "--test", iris});
  EXPECT_EQ(result.at("k"), 3);
  EXPECT_TRUE(result.at("noise").empty());
  const std::string text = output_of({"evaluate", model, "--test", iris, "--noise", "gaussian:10"});
  EXPECT_THAT(text, AllOf(HasSubstr("accuracy"), HasSubstr("10 draws"), HasSubstr("MAP@R")));
}

TEST_F(Contract, CertifyGivesRadiiInEachNorm) {
  const std::string model = fitted("m", {"euclidean", "--train", iris});
  const json result = json_output_of(
      {"certify", model, "--test", iris, "--norm", "l2,l1,linf", "--eps", "0,0.05,0.1", "--out", path("c.csv")});
  EXPECT_EQ(result.at("n"), 150);
  EXPECT_EQ(result.at("k"), 1);
  const json& results = result.at("results");
  ASSERT_EQ(results.size(), 3u);
  for (const json& norm : results) {
    EXPECT_EQ(norm.at("method"), "bound");
    EXPECT_GT(norm.at("mean_radius").get<double>(), 0.0);
    EXPECT_GT(norm.at("median_radius").get<double>(), 0.0);
    EXPECT_GE(norm.at("seconds").get<double>(), 0.0);
    const json& certified = norm.at("certified_accuracy");
    ASSERT_EQ(certified.size(), 3u);
    EXPECT_EQ(certified[1].at("eps"), 0.05);
    EXPECT_GE(certified[0].at("accuracy").get<double>(), certified[1].at("accuracy").get<double>());
    EXPECT_GE(certified[1].at("accuracy").get<double>(), certified[2].at("accuracy").get<double>());
  }
  EXPECT_EQ(results[0].at("norm"), "l2");
  EXPECT_EQ(results[1].at("norm"), "l1");
  EXPECT_EQ(results[2].at("norm"), "linf");

  const std::vector<std::string> lines = lines_of(read_file(path("c.csv")));
  ASSERT_EQ(lines.size(), 1u + 3u * 150u);
  EXPECT_THAT(lines[0], StartsWith("row,label,predicted,norm,method,radius"));
  EXPECT_THAT(lines[1], StartsWith("0,setosa,setosa,l2,bound,"));
  // A ball of l1 lies within that of l2, which lies within that of linf.
  for (std::size_t row = 1; row <= 150; ++row) {
    const double l2 = std::stod(cells_of(lines[row]).at(5));
    EXPECT_GE(std::stod(cells_of(lines[row + 150]).at(5)), l2);
    EXPECT_LE(std::stod(cells_of(lines[row + 300]).at(5)), l2);
  }
}

TEST_F(Contract, CertifyLimitsTheRows) {
  const std::string model = fitted("m", {"euclidean", "--train", iris});
  EXPECT_EQ(json_output_of({"certify", model, "--test", iris, "--limit", "7"}).at("n"), 7);
  EXPECT_EQ(json_output_of({"certify", model, "--test", iris, "--limit", "7000"}).at("n"), 150);
}

TEST_F(Contract, CertifySaysTheUnitsOfItsRadii) {
  const std::string model = fitted("m", {"euclidean", "--train", iris, "--preprocess", "minmax"});
  const auto mean_radius = [&](const std::string& space) {
    const json result = json_output_of({"certify", model, "--test", iris, "--space", space});
    EXPECT_EQ(result.at("space"), space);
    return result.at("results")[0].at("mean_radius").get<double>();
  };
  // Scaling to [0, 1] divides each column of iris by more than 1: the same ball is larger in raw units.
  EXPECT_GT(mean_radius("raw"), mean_radius("preprocessed"));
  EXPECT_THAT(output_of({"certify", model, "--test", iris, "--space", "raw"}), HasSubstr("raw units"));
}

TEST_F(Contract, TransformWritesNpyThatCanBeReadAgain) {
  const std::string model = fitted("m", {"lmnn", "--train", iris, "--rank", "2"});
  const json report = json_output_of({"transform", model, "--data", iris, "--out", path("x.npy")});
  EXPECT_EQ(report.at("n"), 150);
  EXPECT_EQ(report.at("dimension"), 2);
  EXPECT_THAT(read_file(path("x.npy")), AllOf(StartsWith("\x93NUMPY"), HasSubstr("'shape': (150, 2)")));
  std::string labels;
  for (const std::string& line : lines_of(gunzipped(iris))) {
    if (line.find("class") == std::string::npos) labels += cells_of(line).back() + "\n";
  }
  // Euclidean neighbours of mapped rows are the neighbours of the learned metric.
  fitted("again", {"euclidean", "--train", path("x.npy"), "--labels", file("labels.txt", labels)});
  const json direct = json_output_of({"evaluate", model, "--test", iris});
  const json mapped =
      json_output_of({"evaluate", path("again"), "--test", path("x.npy"), "--test-labels", path("labels.txt")});
  EXPECT_EQ(direct.at("accuracy"), mapped.at("accuracy"));
}

TEST_F(Contract, InfoTellsWhatAModelHolds) {
  const std::string model = fitted("m", {"lmnn", "--train", iris, "--seed", "7"});
  EXPECT_THAT(output_of({"info", model}), AllOf(HasSubstr("lmnn"), HasSubstr("150 rows, 4 features, 3 classes"),
                                                HasSubstr("setosa: 50"), HasSubstr("seed 7"), HasSubstr("neighbors")));
  const json about = json_output_of({"info", model});
  EXPECT_EQ(about.at("seed"), 7);
  EXPECT_EQ(about.at("classes").at("virginica"), 50);
  EXPECT_EQ(about.at("columns")[2], "petal_length");
  EXPECT_EQ(about.at("format_version"), 2);
}

TEST_F(Contract, DigitsFromFileToCertificateOnASubset) {
  // Every third row: enough to see that the pieces fit on real images.
  std::string train;
  std::string test;
  const std::vector<std::string> lines = lines_of(gunzipped(shipped("digits.csv.gz")));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i == 0 || i % 3 == 1) train += lines[i] + "\n";
    if (i == 0 || i % 9 == 2) test += lines[i] + "\n";
  }
  const std::string rows = file("test.csv", test);
  const std::string model =
      fitted("m", {"lmnn", "--train", file("train.csv", train), "--preprocess", "minmax", "--perturbation", "auto"});
  EXPECT_GT(json_output_of({"evaluate", model, "--test", rows, "-k", "1"}).at("accuracy").get<double>(), 0.94);
  const json certified = json_output_of({"certify", model, "--test", rows});
  EXPECT_GT(certified.at("results")[0].at("mean_radius").get<double>(), 0.4);
  EXPECT_EQ(certified.at("results")[0].at("certified_accuracy").size(), 5u);
}

}  // namespace
}  // namespace holdfast::cli
