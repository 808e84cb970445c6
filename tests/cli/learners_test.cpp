// The family of learners on the command line: every method, supervision by pairs and triplets, tuning, verification.
#include "program.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class LearnersOnTheCommandLine : public InFolder {
 protected:
  static json json_output_of(Arguments arguments) {
    arguments.push_back("--json");
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return json_of(outcome.out);
  }
  static std::string output_of(const Arguments& arguments) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(without_notes(outcome.err), "");
    return outcome.out;
  }

  const std::string wine = shipped("wine.csv.gz");
  const std::string pairs =
      file("pairs.csv", "first,second,label\n0,1,1\n2,3,1\n60,61,1\n0,60,-1\n1,70,-1\n3,150,-1\n");
  const std::string triplets = file("triplets.csv", "0,1,70\n2,3,100\n60,61,150\n150,151,60\n4,5,140\n");
};

TEST_F(LearnersOnTheCommandLine, EveryMethodPredictsWine) {
  for (const char* method :
       {"euclidean", "lmnn", "scml", "gmml", "aml", "nca", "arml", "lfda", "rca", "itml", "lsml", "sdml"}) {
    const json fit = json_output_of({"fit", method, "--train", wine, "--out", path("m")});
    EXPECT_EQ(fit["method"], method);
    EXPECT_EQ(fit["converged"], true) << method;
    EXPECT_GT(json_output_of({"evaluate", path("m"), "--test", wine})["accuracy"], 0.95) << method;
    EXPECT_GT(json_output_of({"certify", path("m"), "--test", wine})["results"][0]["mean_radius"], 0.3) << method;
  }
}

TEST_F(LearnersOnTheCommandLine, MlkrPredictsNumbers) {
  std::string rows = "a,b,y\n";
  for (int i = 0; i < 60; ++i) {
    rows += std::to_string(i % 10) + "," + std::to_string((i * 7) % 11) + "," + std::to_string(0.5 * (i % 10)) + "\n";
  }
  const std::string table = file("quantity.csv", rows);
  const json fit = json_output_of({"fit", "mlkr", "--train", table, "--label", "y", "--out", path("m")});
  EXPECT_EQ(fit["classes"], 0);
  const json evaluated = json_output_of({"evaluate", path("m"), "--test", table, "--noise", "gaussian:10"});
  EXPECT_LT(evaluated["rmse"], 0.1);
  EXPECT_GT(evaluated["r2"], 0.99);
  EXPECT_GT(evaluated["noise"][0]["rmse_mean"], evaluated["rmse"]);
  const json predicted = json_output_of({"predict", path("m"), "--data", table, "-k", "1"});
  EXPECT_EQ(predicted["predictions"][3]["predicted"], 1.5);
  EXPECT_THAT(output_of({"info", path("m")}), HasSubstr("numeric labels"));
  EXPECT_THAT(output_of({"evaluate", path("m"), "--test", table}), HasSubstr("units of the labels"));
  for (const char* command : {"certify", "attack"}) {
    EXPECT_THAT(refusal({command, path("m"), "--test", table, "--label", "y"}),
                HasSubstr("the model predicts quantities and cannot"))
        << command;
  }
  EXPECT_THAT(refusal({"evaluate", path("m"), "--test", table, "--verification"}),
              HasSubstr("the model predicts quantities and cannot judge pairs"));
  EXPECT_THAT(refusal({"predict", path("m"), "--data", table, "--certify"}),
              HasSubstr("the model predicts quantities and cannot be certified"));
  EXPECT_THAT(refusal({"fit", "mlkr", "--train", wine, "--label", "y", "--out", path("n")}), HasSubstr("y"));
}

TEST_F(LearnersOnTheCommandLine, AModelOfPrototypesIsOneLikeOthers) {
  const json fit = json_output_of({"fit", "prototypes", "--train", wine, "--per-class", "4", "--out", path("m")});
  EXPECT_EQ(fit["reason"], "completed: all passes over the rows were made");
  EXPECT_EQ(fit["n"], 178);
  const json info = json_output_of({"info", path("m")});
  EXPECT_EQ(info["reference_rows"], 12);
  EXPECT_EQ(info["classes"], (json{{"1", 4}, {"2", 4}, {"3", 4}}));
  EXPECT_THAT(output_of({"info", path("m")}), HasSubstr("12 prototypes, learned from the training rows"));
  EXPECT_GT(json_output_of({"evaluate", path("m"), "--test", wine, "-k", "1"})["accuracy"], 0.95);
  EXPECT_EQ(json_output_of({"predict", path("m"), "--data", wine, "-k", "1"})["predictions"].size(), 178u);
  const json radii =
      json_output_of({"certify", path("m"), "--test", wine, "-k", "1", "--method", "bound,exact", "--norm", "l2,linf",
                      "--out", path("radii.csv"), "--witnesses", path("witnesses.npy")});
  for (const json& result : radii["results"]) EXPECT_GT(result["mean_radius"], 0.1) << result;
  EXPECT_EQ(radii["results"][1]["exact_rows"], 178);
  output_of({"certify", path("m"), "--test", wine, "-k", "1", "--check", path("radii.csv"), "--witnesses",
             path("witnesses.npy")});
  const json attack = json_output_of({"attack", path("m"), "--test", wine, "-k", "1"});
  EXPECT_GE(attack["results"][0]["mean_radius"], radii["results"][1]["mean_radius"]);
  EXPECT_THAT(
      refusal({"certify", path("m"), "--test", wine, "-k", "1", "--poisoning"}),
      HasSubstr("the model keeps prototypes, not its training rows, and cannot say how many of them must change"));
  EXPECT_THAT(refusal({"evaluate", path("m"), "--test", wine, "--verification"}),
              HasSubstr("cannot choose a threshold by pairs of them"));
}

TEST_F(LearnersOnTheCommandLine, MmcLearnsFromFewDrawnPairs) {
  output_of({"fit", "mmc", "--train", wine, "--out", path("m")});
  EXPECT_GT(json_output_of({"evaluate", path("m"), "--test", wine})["accuracy"], 0.9);
}

TEST_F(LearnersOnTheCommandLine, TheMahalanobisDistanceKnowsNoClasses) {
  output_of({"fit", "covariance", "--train", wine, "--out", path("m")});
  EXPECT_GT(json_output_of({"evaluate", path("m"), "--test", wine})["accuracy"], 0.9);
}

TEST_F(LearnersOnTheCommandLine, TheSameSeedGivesTheSameModelAndAnotherSeedAnother) {
  for (const char* method : {"scml", "arml", "rca"}) {
    const auto model = [&](const char* seed) {
      return read_file(fitted("m", {method, "--train", wine, "--draws", "5", "--seed", seed, "--quiet"}));
    };
    const std::string first = model("3");
    EXPECT_EQ(first, model("3"));
    EXPECT_NE(first, model("4"));
  }
}

TEST_F(LearnersOnTheCommandLine, PairsStandInForLabels) {
  const std::string rows = file("rows.csv", [&] {
    std::string text;
    for (const std::string& line : lines_of(gunzipped(wine))) text += line.substr(0, line.rfind(',')) + "\n";
    return text;
  }());
  for (const char* method : {"gmml", "aml"}) {
    const json fit =
        json_output_of({"fit", method, "--train", rows, "--label", "none", "--pairs", pairs, "--out", path("m")});
    EXPECT_EQ(fit["classes"], 0);
    EXPECT_EQ(fit["options"]["supervision"], "pairs");
    EXPECT_THAT(output_of({"transform", path("m"), "--data", rows, "--label", "none", "--out", path("z.npy")}),
                HasSubstr("178 rows of 13"));
    EXPECT_THAT(output_of({"info", path("m")}), HasSubstr("supervision"));
    EXPECT_THAT(refusal({"predict", path("m"), "--data", rows, "--label", "none"}),
                HasSubstr("the model has no labels and cannot predict"));
    EXPECT_EQ(refusal({"evaluate", path("m"), "--test", rows, "--label", "none"}),
              "m: has no labels, and cannot predict labels; judge its distance: give rows with labels, or pairs "
              "(--test-pairs, and --threshold-pairs for a threshold)");
    const json by_labels = json_output_of({"evaluate", path("m"), "--test", wine});
    EXPECT_TRUE(by_labels["accuracy"].is_null());
    EXPECT_GT(by_labels["retrieval"]["recall_at_1"], 0.5);
    const json judged = json_output_of(
        {"evaluate", path("m"), "--test", rows, "--label", "none", "--test-pairs", pairs, "--threshold-pairs", pairs});
    EXPECT_EQ(judged["n"], 178);
    EXPECT_EQ(judged["verification"]["similar"], 3);
    EXPECT_EQ(judged["verification"]["auc"], 1.0);  // the pairs that it was trained on
  }
}

TEST_F(LearnersOnTheCommandLine, SampledPairsFollowTheSeedAndComeNearAllPairs) {
  const auto fit = [&](const char* count, const char* seed) {
    return json_output_of(
        {"fit", "gmml", "--train", wine, "--sample-pairs", count, "--seed", seed, "--out", path("m")});
  };
  EXPECT_EQ(fit("400", "1")["objective"], fit("400", "1")["objective"]);
  EXPECT_NE(fit("400", "1")["objective"], fit("400", "2")["objective"]);
  const double all = json_output_of({"fit", "gmml", "--train", wine, "--out", path("m")})["objective"];
  EXPECT_NEAR(fit("5000", "1")["objective"].get<double>(), all, reference::sampled_pairs * all);
  EXPECT_EQ(refusal({"fit", "gmml", "--train", wine, "--sample-pairs", "1", "--out", path("n")}),
            "1 pairs: must be at least 2");
}

TEST_F(LearnersOnTheCommandLine, TripletsStandInForLabels) {
  for (const char* method : {"lmnn", "scml", "arml"}) {
    const json fit = json_output_of({"fit", method, "--train", wine, "--triplets", triplets, "--out", path("m")});
    EXPECT_EQ(fit["n_triplets"], 5);
    EXPECT_EQ(fit["classes"], 3);  // the labels of the file still serve the classifier
    EXPECT_EQ(fit["options"]["supervision"], "triplets");
    EXPECT_GT(json_output_of({"evaluate", path("m"), "--test", wine})["accuracy"], 0.6);
  }
}

TEST_F(LearnersOnTheCommandLine, ChunksStandInForLabels) {
  std::string numbers;
  for (int row = 0; row < 178; ++row) numbers += row % 10 == 0 ? "-1\n" : std::to_string(row / 5) + "\n";
  const std::string chunks = file("chunks.txt", numbers);
  const json fit = json_output_of({"fit", "rca", "--train", wine, "--chunks", chunks, "--out", path("m")});
  EXPECT_EQ(fit["options"]["supervision"], "chunks");
  EXPECT_GT(json_output_of({"evaluate", path("m"), "--test", wine})["accuracy"], 0.9);
  const auto refused = [&](const char* method, const std::string& file_of_chunks) {
    return refusal({"fit", method, "--train", wine, "--chunks", file_of_chunks, "--out", path("n")});
  };
  EXPECT_EQ(refused("lfda", chunks), "lfda learns from labels, not from chunks; rca learns from chunks");
  EXPECT_EQ(refused("rca", file("c.txt", "0\n0\n")),
            "c.txt: holds 2 chunk numbers for 178 rows; give one line per row, -1 for a row in no chunk");
  EXPECT_EQ(refusal({"tune", "rca", "--train", wine, "--chunks", chunks, "--out", path("n")}),
            "tune learns and judges by labels; give no chunks");
  EXPECT_EQ(refusal({"fit", "rca", "--train", wine, "--chunks", chunks, "--out", chunks}),
            "chunks.txt: is an input of this command and would be overwritten; give another output file");
}

TEST_F(LearnersOnTheCommandLine, QuadrupletsStandInForLabels) {
  const std::string compared = file("q.csv", "0,1,0,70\n2,3,2,100\n60,61,60,150\n150,151,4,60\n4,5,61,140\n");
  const json fit = json_output_of({"fit", "lsml", "--train", wine, "--quadruplets", compared, "--out", path("m")});
  EXPECT_EQ(fit["classes"], 3);
  EXPECT_EQ(fit["options"]["supervision"], "quadruplets");
  EXPECT_EQ(refusal({"fit", "gmml", "--train", wine, "--quadruplets", compared, "--out", path("m")}),
            "gmml learns from labels or pairs, not from quadruplets; lsml learns from quadruplets");
  EXPECT_EQ(
      refusal({"fit", "lsml", "--train", wine, "--quadruplets", compared, "--pairs", pairs, "--out", path("m")}),
      "--pairs, --sample-pairs, --triplets, --chunks and --quadruplets: give one of them; a metric is learned from one "
      "kind of supervision");
  EXPECT_EQ(refusal({"fit", "lsml", "--train", wine, "--quadruplets", file("w.csv", "0,1,2\n"), "--out", path("m")}),
            "w.csv:1:4: the line has 3 fields; it must be row a,row b,row c,row d");
}

TEST_F(LearnersOnTheCommandLine, WrongSupervisionIsRefused) {
  const auto with = [&](const char* method, const Arguments& more) {
    Arguments arguments = {"fit", method, "--train", wine, "--out", path("m")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return refusal(arguments);
  };
  using testing::StartsWith;
  EXPECT_THAT(with("lmnn", {"--pairs", pairs}),
              StartsWith("lmnn learns from labels or triplets, not from pairs; gmml"));
  EXPECT_THAT(with("gmml", {"--triplets", triplets}),
              StartsWith("gmml learns from labels or pairs, not from triplets; lmnn, scml"));
  EXPECT_THAT(with("nca", {"--pairs", pairs}), StartsWith("nca learns from labels, not from pairs; gmml"));
  EXPECT_EQ(
      with("gmml", {"--pairs", pairs, "--triplets", triplets}),
      "--pairs, --sample-pairs, --triplets, --chunks and --quadruplets: give one of them; a metric is learned from one "
      "kind of supervision");
  EXPECT_EQ(with("gmml", {"--pairs", file("p.csv", "0,1,1\n0,178,-1\n")}),
            "p.csv:2:2: row 178 is out of range; valid rows are 0 to 177");
  EXPECT_EQ(with("gmml", {"--pairs", file("p.csv", "0,1,1\n1,0,-1\n")}),
            "p.csv:2:3: the pair (1, 0) has label -1 here and 1 in line 1; keep one of them");
  EXPECT_EQ(with("gmml", {"--pairs", file("p.csv", "0,1,1\n")}),
            "p.csv: all pairs are similar; a metric is learned from pairs of both kinds");
  EXPECT_EQ(with("lmnn", {"--triplets", file("t.csv", "0,0,1\n")}),
            "t.csv:1:1: row 0 is named twice; a triplet is three rows");
  EXPECT_EQ(refusal({"fit", "gmml", "--train", wine, "--pairs", pairs, "--out", pairs}),
            "pairs.csv: is an input of this command and would be overwritten; give another output file");
}

TEST_F(LearnersOnTheCommandLine, OptionsOfFindingTripletsHaveNoEffectOnGivenOnes) {
  const Outcome outcome = run({"fit", "lmnn", "--train", wine, "--out", path("m"), "--triplets", triplets, "--refresh",
                               "5", "--neighbors", "2", "--anchors", "50", "--json"});
  EXPECT_EQ(outcome.status, 0);
  for (const char* option : {"--refresh", "--neighbors", "--anchors"}) {
    EXPECT_THAT(outcome.err, HasSubstr(std::string(option) + " has no effect without labels"));
  }
  EXPECT_THAT(outcome.err, testing::Not(HasSubstr("--impostors")));
  const json options = json::parse(outcome.out).at("options");
  EXPECT_FALSE(options.contains("refresh"));
  EXPECT_TRUE(options.contains("max-iterations"));
}

TEST_F(LearnersOnTheCommandLine, OptionsOfDrawingPairsHaveNoEffectBesideSampledPairs) {
  const Outcome outcome = run({"fit", "itml", "--train", wine, "--out", path("m"), "--sample-pairs", "100",
                               "--constraints", "50", "--max-iterations", "5"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, HasSubstr("--constraints has no effect with --sample-pairs, which draws the pairs"));
  EXPECT_THAT(run({"fit", "itml", "--train", wine, "--out", path("m"), "--sample-pairs", "100"}).err,
              testing::Not(HasSubstr("no effect")));
}

TEST_F(LearnersOnTheCommandLine, OptionsOfEveryMethodAreChecked) {
  const auto with = [&](const char* method, const Arguments& more) {
    Arguments arguments = {"fit", method, "--train", wine, "--out", path("m")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return refusal(arguments);
  };
  EXPECT_EQ(with("aml", {"--alpha", "-1"}), "--alpha -1: must be a number of at least 0");
  EXPECT_EQ(with("aml", {"--beta", "0"}), "--beta 0: must be a number above 0");
  EXPECT_EQ(with("aml", {"--solver", "fast"}), "--solver \"fast\": must be bilevel or alternating");
  EXPECT_EQ(with("gmml", {"--t", "2"}), "--t 2: must be between 0 and 1");
  EXPECT_EQ(with("gmml", {"--prior", "I"}), "--prior \"I\": must be one of identity, covariance, random");
  EXPECT_EQ(with("gmml", {"--regularization", "-1"}), "--regularization -1: must be a number of at least 0");
  EXPECT_EQ(with("lmnn", {"--anchors", "-1"}),
            "--anchors -1: must be at least 1 row (0: all, or 100,000 if there are more)");
  EXPECT_EQ(with("nca", {"--search", "fast"}), "--search \"fast\": must be exact or approximate");
  EXPECT_EQ(with("scml", {"--basis", "-1"}), "--basis -1: must be at least 1 (0: chosen by the size of the data)");
  EXPECT_EQ(with("scml", {"--sparsity", "-1"}), "--sparsity -1: must be a number of at least 0");
  EXPECT_EQ(with("nca", {"--batch", "-1"}), "--batch -1: must be at least 1 row (0: chosen by the size of the data)");
  EXPECT_EQ(with("nca", {"--rank", "14"}),
            "--rank 14: must be between 1 and 13, the number of columns after preprocessing (0: all of them)");
  EXPECT_EQ(with("arml", {"--draws", "0"}), "--draws 0: must be at least 1 triplet per row");
  EXPECT_EQ(with("arml", {"--margin", "0"}), "--margin 0: must be a number above 0, or inf");
}

TEST_F(LearnersOnTheCommandLine, AdversarialPairsCanBeLookedAt) {
  output_of({"fit", "aml", "--train", wine, "--out", path("m"), "--adversarial", path("adversarial.csv"),
             "--adversarial-pairs", "10", "--beta", "0.5"});
  const std::vector<std::string> lines = lines_of(read_file(path("adversarial.csv")));
  ASSERT_EQ(lines.size(), 11u);
  const std::vector<std::string> header = cells_of(lines[0]);
  ASSERT_EQ(header.size(), 5u + 2 * 13);
  EXPECT_EQ(header[4], "adversarial_distance");
  EXPECT_EQ(header[5], "first_alcohol");
  const std::vector<std::string> data = lines_of(gunzipped(wine));
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> cells = cells_of(lines[i]);
    const std::vector<std::string> first = cells_of(data[std::stoul(cells[0]) + 1]);
    const std::vector<std::string> second = cells_of(data[std::stoul(cells[1]) + 1]);
    EXPECT_EQ(cells[2], i <= 5 ? "1" : "-1");
    EXPECT_EQ(first.back() == second.back(), i <= 5);
    EXPECT_LT(std::stod(cells[4]), std::stod(cells[3]));
    // In the units of the file, and the midpoint stays.
    for (std::size_t k = 0; k < 13; ++k) {
      EXPECT_NEAR(std::stod(cells[5 + k]) + std::stod(cells[18 + k]), std::stod(first[k]) + std::stod(second[k]),
                  reference::spectral);
    }
  }
  EXPECT_EQ(refusal({"fit", "gmml", "--train", wine, "--out", path("g"), "--adversarial", path("a.csv")}),
            "--adversarial: the method gmml has no adversary; aml has");
  EXPECT_EQ(refusal({"fit", "aml", "--train", wine, "--out", path("g"), "--adversarial", path("a.csv"),
                     "--adversarial-pairs", "1"}),
            "--adversarial-pairs 1: must be at least 2");
}

TEST_F(LearnersOnTheCommandLine, TuneWritesAModelAndATableOfTrials) {
  const json tuned = json_output_of({"tune", "lmnn", "--train", wine, "--trials", "6", "--folds", "3", "--mu", "0.3",
                                     "--out", path("m"), "--trials-out", path("trials.csv")});
  for (const char* key : {"method", "n", "d", "classes", "n_triplets", "objective", "iterations", "converged", "reason",
                          "seconds", "options", "tuning"}) {
    EXPECT_TRUE(tuned.contains(key)) << key;
  }
  EXPECT_EQ(tuned["options"]["mu"], "0.3");
  EXPECT_EQ(tuned["tuning"]["trials"], 6);
  EXPECT_GE(tuned["tuning"]["best"]["score"], tuned["tuning"]["defaults"]["score"]);
  const std::vector<std::string> lines = lines_of(read_file(path("trials.csv")));
  ASSERT_EQ(lines.size(), 7u);
  EXPECT_THAT(lines[0], HasSubstr("trial,status,folds,score,accuracy,accuracy_std,certified,certified_std,seconds,"));
  int best = 0;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> cells = cells_of(lines[i]);
    EXPECT_EQ(cells[0], std::to_string(i - 1));
    EXPECT_THAT(cells[1], testing::AnyOf("best", "complete", "dropped"));
    best += cells[1] == "best" ? 1 : 0;
  }
  EXPECT_EQ(best, 1);
  EXPECT_GT(json_output_of({"evaluate", path("m"), "--test", wine})["accuracy"], 0.95);
}

TEST_F(LearnersOnTheCommandLine, TuneIsTheSameForTheSameSeed) {
  const auto options = [&](const char* seed, const char* threads) {
    return json_output_of({"tune", "gmml", "--train", wine, "--trials", "6", "--folds", "3", "--objective",
                           "certified:0.5", "--seed", seed, "--threads", threads, "--out", path("m")})["options"];
  };
  EXPECT_EQ(options("1", "2"), options("1", "1"));
  EXPECT_NE(options("1", "2"), options("2", "2"));
}

TEST_F(LearnersOnTheCommandLine, TuneRefusesWhatItCannotDo) {
  const auto with = [&](const char* method, const Arguments& more) {
    Arguments arguments = {"tune", method, "--train", wine, "--out", path("m")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return refusal(arguments);
  };
  EXPECT_EQ(with("euclidean", {}), "the method euclidean has nothing to tune; use fit");
  EXPECT_EQ(with("lmnn", {"--trials", "0"}), "--trials 0: must be at least 1");
  EXPECT_EQ(with("lmnn", {"--folds", "1"}), "--folds 1: must be between 2 and 178, the number of rows");
  EXPECT_EQ(
      with("lmnn", {"--objective", "radius"}),
      "--objective \"radius\": must be accuracy, certified or mean, the last two with the size of the perturbation if "
      "you like, such as certified:0.3");
  EXPECT_EQ(with("gmml", {"--pairs", pairs}), "tune learns and judges by labels; give no pairs or triplets");
  EXPECT_EQ(with("lmnn", {"--trials-out", wine}),
            wine + ": is an input of this command and would be overwritten; give another output file");
}

TEST_F(LearnersOnTheCommandLine, VerificationOfDrawnPairs) {
  fitted("m", {"aml", "--train", wine});
  const json figures = json_output_of({"evaluate", path("m"), "--test", wine, "--verification", "--draw-pairs", "1000",
                                       "--roc", path("roc.csv")})["verification"];
  EXPECT_EQ(figures["similar"], 500);
  EXPECT_EQ(figures["dissimilar"], 500);
  EXPECT_GT(figures["auc"], 0.9);
  EXPECT_LT(figures["eer"], 0.2);
  EXPECT_GT(figures["accuracy"], 0.8);
  EXPECT_GT(figures["threshold"], 0.0);
  ASSERT_EQ(figures["tpr_at_fpr"].size(), 3u);
  const std::vector<std::string> lines = lines_of(read_file(path("roc.csv")));
  EXPECT_EQ(lines.front(), "threshold,false_positive_rate,true_positive_rate");
  EXPECT_EQ(cells_of(lines.back())[1], "1");
  EXPECT_EQ(cells_of(lines.back())[2], "1");
  // The area under the written curve is the area told.
  double area = 0.0;
  for (std::size_t i = 2; i < lines.size(); ++i) {
    const auto a = cells_of(lines[i - 1]);
    const auto b = cells_of(lines[i]);
    area += (std::stod(b[1]) - std::stod(a[1])) * 0.5 * (std::stod(b[2]) + std::stod(a[2]));
  }
  EXPECT_NEAR(area, figures["auc"].get<double>(), reference::spectral);
  EXPECT_THAT(output_of({"evaluate", path("m"), "--test", wine, "--verification"}),
              HasSubstr("verification of 2662 similar and 5000 dissimilar test pairs: AUC 0."));
}

TEST_F(LearnersOnTheCommandLine, VerificationRefusesWrongPairs) {
  fitted("m", {"gmml", "--train", wine});
  EXPECT_EQ(refusal({"evaluate", path("m"), "--test", wine, "--test-pairs", file("p.csv", "0,1,1\n5,900,-1\n")}),
            "p.csv:2:2: row 900 is out of range; valid rows are 0 to 177");
  EXPECT_EQ(refusal({"evaluate", path("m"), "--test", wine, "--draw-pairs", "1"}), "1 pairs: must be at least 2");
  EXPECT_EQ(refusal({"evaluate", path("m"), "--test", wine, "--roc", path("m")}),
            "m: is an input of this command and would be overwritten; give another output file");
}

}  // namespace
}  // namespace holdfast::cli
