// Options that are wrong: the message names the option and says what would be right; status 2; nothing written.
#include <sstream>

#include "program.hpp"

namespace holdfast::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

/// An option, its value, and what the program says.
struct Refused {
  Arguments options;
  std::string message;
};

class BadOptions : public InFolder {
 protected:
  void expect_refused(const Arguments& command, const std::vector<Refused>& cases) const {
    for (const Refused& refused : cases) {
      Arguments arguments = command;
      arguments.insert(arguments.end(), refused.options.begin(), refused.options.end());
      EXPECT_EQ(refusal(arguments), refused.message) << testing::PrintToString(refused.options);
    }
  }

  static std::string help(const std::string& command) {
    return " (holdfast " + command + " --help explains the options)";
  }

  const std::string iris = shipped("iris.csv.gz");
};

TEST_F(BadOptions, OfLearning) {
  const std::string perturbation =
      ": must be auto, off, WEIGHT or WEIGHT,MARGIN, such as 10 or 10,0.5; either may be auto, or a multiple of it "
      "such as auto*0.1";
  const std::string rank = ": must be between 1 and 4, the number of columns after preprocessing (0: all of them)";
  expect_refused({"fit", "lmnn", "--train", iris, "--out", path("m")},
                 {{{"--mu", "2"}, "--mu 2: must be between 0 and 1"},
                  {{"--mu", "-1"}, "--mu -1: must be between 0 and 1"},
                  {{"--mu", "nan"}, "--mu nan: must be between 0 and 1"},
                  {{"--neighbors", "0"}, "--neighbors 0: must be at least 1"},
                  {{"--neighbors", "-1"}, "--neighbors -1: must be at least 1"},
                  {{"--impostors", "0"}, "--impostors 0: must be at least 1"},
                  {{"--tolerance", "-1"}, "--tolerance -1: must be above 0 and below 1"},
                  {{"--tolerance", "1"}, "--tolerance 1: must be above 0 and below 1"},
                  {{"--max-iterations", "0"}, "--max-iterations 0: must be at least 1"},
                  {{"--refresh", "-1"}, "--refresh -1: must be at least 0 iterations (0: never)"},
                  {{"--rank", "5"}, "--rank 5" + rank},
                  {{"--rank", "-1"}, "--rank -1" + rank},
                  {{"--perturbation", "x"}, "--perturbation \"x\"" + perturbation},
                  {{"--perturbation", "1,2,3"}, "--perturbation \"1,2,3\"" + perturbation},
                  {{"--perturbation", "1,"}, "--perturbation \"1,\"" + perturbation},
                  {{"--perturbation", ""}, "--perturbation \"\"" + perturbation},
                  {{"--perturbation", "-1"}, "perturbation_weight -1: must be a number of at least 0"},
                  {{"--perturbation=-1"}, "perturbation_weight -1: must be a number of at least 0"},
                  {{"--perturbation", "nan"}, "perturbation_weight nan: must be a number of at least 0"},
                  {{"--perturbation", "1,0"}, "perturbation_margin 0: must be a number above 0"}});
}

TEST_F(BadOptions, OfPreprocessing) {
  const std::string choices =
      ": must be auto, none, center, standardize, minmax, unit, pca:K, pca:FRACTION or whiten (several: "
      "comma-separated, "
      "in order)";
  const std::string components = ": must be a number of components (pca:50) or a fraction of the variance (pca:0.95)";
  expect_refused({"fit", "lmnn", "--train", iris, "--out", path("m")},
                 {{{"--preprocess", "foo"}, "--preprocess \"foo\"" + choices},
                  {{"--preprocess", "minmax,"}, "--preprocess \"\"" + choices},
                  {{"--preprocess", "pca:0"}, "--preprocess \"pca:0\"" + components},
                  {{"--preprocess", "pca:-2"}, "--preprocess \"pca:-2\"" + components},
                  {{"--preprocess", "pca:1.5"}, "--preprocess \"pca:1.5\"" + components},
                  {{"--preprocess", "pca:"}, "--preprocess \"pca:\"" + components},
                  {{"--preprocess", "pca:9"}, "--preprocess \"pca:9\": must be at most 4, the number of columns"}});
}

TEST_F(BadOptions, ThatAreNoNumbers) {
  const std::string whole = " must be a whole number" + help("fit");
  expect_refused(
      {"fit", "lmnn", "--train", iris, "--out", path("m")},
      {{{"--mu", "x"}, "--mu: \"x\" must be a number" + help("fit")},
       {{"--mu", ""}, "--mu: \"\" must be a number" + help("fit")},
       {{"--tolerance", "1e-3x"}, "--tolerance: \"1e-3x\" must be a number" + help("fit")},
       {{"--neighbors", "1.5"}, "--neighbors: \"1.5\"" + whole},
       {{"--impostors", "many"}, "--impostors: \"many\"" + whole},
       {{"--rank", "x"}, "--rank: \"x\"" + whole},
       {{"--max-iterations", "99999999999999999999"}, "--max-iterations: \"99999999999999999999\"" + whole}});
}

TEST_F(BadOptions, CommonToAllCommands) {
  const std::string seed = " must be a whole number of at least 0 and below 2^64" + help("fit");
  expect_refused({"fit", "lmnn", "--train", iris, "--out", path("m")},
                 {{{"--threads", "0"}, "--threads 0: must be between 1 and 1024"},
                  {{"--threads", "-1"}, "--threads -1: must be between 1 and 1024"},
                  {{"--threads", "100000"}, "--threads 100000: must be between 1 and 1024"},
                  {{"--threads", "x"}, "--threads: \"x\" must be a whole number" + help("fit")},
                  {{"--seed", "-1"}, "--seed: \"-1\"" + seed},
                  {{"--seed", "x"}, "--seed: \"x\"" + seed},
                  {{"--seed", "99999999999999999999"}, "--seed: \"99999999999999999999\"" + seed}});
  EXPECT_EQ(refusal({"--threads", "0", "fit", "lmnn", "--train", iris, "--out", path("m")}),
            "--threads 0: must be between 1 and 1024");
}

TEST_F(BadOptions, OfNeighbours) {
  const std::string model = fitted("m", {"euclidean", "--train", iris});
  const std::vector<Arguments> commands = {{"predict", model, "--data", iris, "--out", path("p.csv")},
                                           {"evaluate", model, "--test", iris},
                                           {"certify", model, "--test", iris, "--out", path("c.csv")}};
  for (const Arguments& command : commands) {
    // Rows are judged by the others if they are the training rows.
    const std::string most = command[0] == "predict" ? "150" : "149";
    expect_refused(command,
                   {{{"-k", "2"}, "-k 2: must be odd, so that a vote has a majority; try 1 or 3"},
                    {{"-k", "0"}, "-k 0: must be an odd number of at least 1"},
                    {{"-k", "-1"}, "-k -1: must be an odd number of at least 1"},
                    {{"-k", "151"}, "-k 151: must be at most " + most + ", the number of reference rows of the model"},
                    {{"-k", "x"}, "-k: \"x\" must be a whole number" + help(command[0])},
                    {{"-k", "1.5"}, "-k: \"1.5\" must be a whole number" + help(command[0])},
                    {{"-k", ""}, "-k: \"\" must be a whole number" + help(command[0])}});
  }
}

TEST_F(BadOptions, OfEvaluate) {
  const std::string noise = ": must be a kind and signal-to-noise ratios in dB, such as gaussian:20,10,5 or uniform:10";
  expect_refused({"evaluate", fitted("m", {"euclidean", "--train", iris}), "--test", iris},
                 {{{"--noise", "laplace:3"}, "--noise \"laplace:3\"" + noise},
                  {{"--noise", "gaussian"}, "--noise \"gaussian\"" + noise},
                  {{"--noise", "gaussian:"}, "--noise \"gaussian:\"" + noise},
                  {{"--noise", "gaussian:x"}, "--noise \"gaussian:x\"" + noise},
                  {{"--noise", "gaussian:10,"}, "--noise \"gaussian:10,\"" + noise},
                  {{"--noise", "gaussian:nan"}, "--noise \"gaussian:nan\"" + noise},
                  {{"--noise", "gaussian:5", "--repeats", "0"}, "--repeats 0: must be at least 1"},
                  {{"--noise", "gaussian:5", "--repeats", "-3"}, "--repeats -3: must be at least 1"}});
}

TEST_F(BadOptions, OfCertify) {
  const std::string box =
      ": must be the least and the greatest value of a perturbed row's entries, such as 0,1 or 0,inf, or a csv "
      "file with the columns column,lower,upper";
  const std::string indefinite = file("a.csv", "1,0,0,0\n0,1,0,0\n0,0,-1,0\n0,0,0,1\n");
  const std::string eps = ": must be a comma-separated list of numbers of at least 0, such as 0.1,0.2,0.5";
  expect_refused(
      {"certify", fitted("m", {"euclidean", "--train", iris}), "--test", iris, "--out", path("c.csv")},
      {{{"--eps", "-1"}, "--eps \"-1\"" + eps},
       {{"--eps", "x"}, "--eps \"x\"" + eps},
       {{"--eps", "1,,2"}, "--eps \"1,,2\"" + eps},
       {{"--eps", "nan"}, "--eps \"nan\"" + eps},
       {{"--norm", "l3"}, "--norm \"l3\": must be l2, l1, linf or ellipsoid:FILE"},
       {{"--norm", "l2,"}, "--norm \"\": must be l2, l1, linf or ellipsoid:FILE"},
       {{"--norm", "ellipsoid:"}, "--norm \"ellipsoid:\": must be l2, l1, linf or ellipsoid:FILE"},
       {{"--norm", "ellipsoid:a,ellipsoid:b"}, "--norm: one ellipsoid at a time"},
       {{"--norm", "ellipsoid:" + path("none.npy")}, "none.npy: no such file; check its name and folder"},
       {{"--norm", "ellipsoid:" + file("b.csv", "1,2,3\n")},
        "ellipsoid: is of 3 dimensions; the perturbed rows have 4 columns; give 4 x 4 numbers, or 4 for the diagonal"},
       {{"--norm", "ellipsoid:" + indefinite},
        "a.csv: the matrix of an ellipsoid must be positive definite: with this one some perturbations would cost "
        "nothing"},
       {{"--box", "0"}, "--box \"0\"" + box},
       {{"--box", "1,0"}, "--box \"1,0\"" + box},
       {{"--box", "a,1"}, "--box \"a,1\"" + box},
       {{"--box", "nan,1"}, "--box \"nan,1\"" + box},
       {{"--box", "0,1", "--method", "exact"},
        "--box: row 0 has -0.7433333333333323 in column 1, outside its limits 0 and 1; limits are in the units of "
        "--space"},
       {{"--plot", path("f.txt")}, "--plot f.txt: must end in .svg, .png or .pdf"},
       {{"--method", "exact", "--time-limit", "0"}, "--time-limit 0: must be above 0 seconds"},
       {{"--method", "exact", "-k", "3", "--max-nodes", "-1"}, "--max-nodes -1: must be at least 0 (0: no limit)"},
       {{"--method", "exact", "-k", "3", "--up-to", "0"}, "--up-to 0: must be above 0"},
       {{"--method", "foo"}, "--method \"foo\": must be fast, bound, exact or attack"},
       {{"--limit", "-1"}, "--limit -1: must be at least 1 row (0: all)"},
       {{"--limit", "x"}, "--limit: \"x\" must be a whole number" + help("certify")},
       {{"--space", "foo"}, "--space \"foo\": must be preprocessed or raw"}});
}

TEST_F(BadOptions, OfCertifyTogether) {
  const std::string model = fitted("m", {"euclidean", "--train", iris});
  EXPECT_EQ(refusal({"certify", model, "--test", iris, "--witnesses", path("w.npy")}),
            "--witnesses: needs --out, whose lines say whose the witnesses are");
  EXPECT_EQ(refusal({"certify", model, model, "--test", iris, "--check", path("r.csv")}),
            "--check: give the one model whose radii these are");
}

TEST_F(BadOptions, OfAttack) {
  expect_refused({"attack", fitted("m", {"euclidean", "--train", iris}), "--test", iris, "--out", path("c.csv")},
                 {{{"--norm", "l3"}, "--norm \"l3\": must be l2, l1, linf or ellipsoid:FILE"},
                  {{"--tries", "-1"}, "--tries -1: must be at least 0"},
                  {{"--limit", "-1"}, "--limit -1: must be at least 1 row (0: all)"},
                  {{"-k", "2"}, "-k 2: must be odd, so that a vote has a majority; try 1 or 3"},
                  {{"--space", "foo"}, "--space \"foo\": must be preprocessed or raw"}});
}

TEST_F(BadOptions, RawUnitsNeedAffinePreprocessing) {
  const std::string model = fitted("m", {"euclidean", "--train", iris, "--preprocess", "unit"});
  for (const Arguments& command : {Arguments{"certify", model, "--test", iris, "--space", "raw"},
                                   Arguments{"predict", model, "--data", iris, "--certify", "--space", "raw"}}) {
    EXPECT_THAT(refusal(command), HasSubstr("preprocessed"));
  }
}

TEST_F(BadOptions, UnknownOption) {
  EXPECT_EQ(refusal({"fit", "lmnn", "--train", iris, "--out", path("m"), "--foo", "3"}),
            "--foo: there is no such option" + help("fit"));
  EXPECT_EQ(refusal({"--foo", "info"}), "--foo: there is no such option" + help("info"));
  EXPECT_EQ(refusal({"predict", "m", "--dat", iris}), "--dat: there is no such option" + help("predict"));
}

TEST_F(BadOptions, ArgumentTooMany) {
  EXPECT_EQ(refusal({"fit", "lmnn", "more", "--train", iris, "--out", path("m")}),
            "\"more\": one argument too many" + help("fit"));
}

TEST_F(BadOptions, RowsGivenInTheWayOfAnotherCommand) {
  EXPECT_EQ(refusal({"fit", "lmnn", iris, "--out", path("m")}),
            "\"" + iris + "\": one argument too many; rows are given with --train FILE" + help("fit"));
  EXPECT_EQ(refusal({"fit", "lmnn", "--data", iris, "--out", path("m")}),
            "--data: there is no such option; rows are given with --train FILE" + help("fit"));
  EXPECT_EQ(refusal({"predict", "m", "--test", iris}),
            "--test: there is no such option; rows are given with --data FILE" + help("predict"));
  EXPECT_EQ(refusal({"certify", "m", "--data", iris}),
            "--data: there is no such option; rows are given with --test FILE" + help("certify"));
}

TEST_F(BadOptions, UnknownOrMissingCommand) {
  const std::string commands =
      "give one of fit, tune, predict, evaluate, certify, attack, transform, info, demo (holdfast --help "
      "explains the commands)";
  EXPECT_EQ(refusal({"fitt", "lmnn"}), "\"fitt\": there is no such command; " + commands);
  EXPECT_EQ(refusal({}), "a command is missing; " + commands);
}

TEST_F(BadOptions, UnknownMethod) {
  std::string names;
  std::istringstream list(run({"fit", "--list"}).out);
  for (std::string line; std::getline(list, line);) {
    names += (names.empty() ? "" : ", ") + line.substr(0, line.find(' '));
  }
  EXPECT_THAT(names, testing::StartsWith("euclidean, lmnn, "));
  EXPECT_EQ(refusal({"fit", "foo", "--train", iris, "--out", path("m")}),
            "method \"foo\": must be one of " + names + " (holdfast fit --list describes them)");
}

TEST_F(BadOptions, RequiredOptionsMissing) {
  EXPECT_EQ(refusal({"fit"}), "METHOD is required" + help("fit"));
  EXPECT_EQ(refusal({"fit", "lmnn"}), "--train is required" + help("fit"));
  EXPECT_EQ(refusal({"fit", "lmnn", "--train", iris}), "--out is required" + help("fit"));
  EXPECT_EQ(refusal({"predict"}), "MODEL is required" + help("predict"));
  EXPECT_EQ(refusal({"predict", "m"}), "--data is required" + help("predict"));
  EXPECT_EQ(refusal({"evaluate", "m"}), "--test is required" + help("evaluate"));
  EXPECT_EQ(refusal({"certify", "m"}), "--test is required" + help("certify"));
  EXPECT_EQ(refusal({"attack", "m"}), "--test is required" + help("attack"));
  EXPECT_EQ(refusal({"transform", "m", "--data", iris}), "--out is required" + help("transform"));
  EXPECT_EQ(refusal({"info"}), "MODEL is required" + help("info"));
}

TEST_F(BadOptions, ValueMissing) {
  EXPECT_THAT(refusal({"fit", "lmnn", "--train", iris, "--out", path("m"), "--mu"}),
              testing::AllOf(HasSubstr("--mu"), EndsWith(help("fit"))));
}

}  // namespace
}  // namespace holdfast::cli
