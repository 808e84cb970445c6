// Help, warnings, and where output goes.
#include <algorithm>

#include "program.hpp"

namespace holdfast::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct Described {
  const char* command;
  Arguments options;  ///< with the default where there is one to name
};

class Help : public testing::TestWithParam<Described> {};

TEST_P(Help, ExplainsEveryOptionWithItsDefault) {
  const Outcome outcome = run({GetParam().command, "--help"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
  for (const std::string& option : GetParam().options) EXPECT_THAT(outcome.out, HasSubstr(option));
  for (const char* common :
       {"--json", "--quiet", "--threads N", "default: all processors", "--seed N=0", "-h,--help"}) {
    EXPECT_THAT(outcome.out, HasSubstr(common));
  }
  // Every option has an explanation: its line goes on behind the column of the names.
  for (const std::string& line : lines_of(outcome.out)) {
    if (line.starts_with("  -")) {
      EXPECT_GT(line.size(), 32u) << line;
    }
  }
}

const Arguments data_options = {"--format NAME=auto", "--label NAME", "default: the last column", "--labels"};

Arguments with_data_options(Arguments options) {
  options.insert(options.end(), data_options.begin(), data_options.end());
  return options;
}

INSTANTIATE_TEST_SUITE_P(
    Commands, Help,
    testing::Values(
        Described{"fit", with_data_options({"METHOD",
                                            "--list",
                                            "--train FILE",
                                            "--out MODEL",
                                            "--preprocess TEXT=auto",
                                            "--neighbors N",
                                            "[3; arml 5]",
                                            "--impostors N",
                                            "[10; arml 5]",
                                            "--mu X",
                                            "[0.5]",
                                            "--perturbation W[,M]|auto",
                                            "--rank R",
                                            "0: all columns [0]",
                                            "--refresh N",
                                            "never [30]",
                                            "--max-iterations N",
                                            "[1000; arml 200; prototypes 100]",
                                            "--tolerance X",
                                            "--keep-best"})},
        Described{"tune",
                  with_data_options({"METHOD", "--train FILE", "--out MODEL", "--trials N=30", "--folds N=5", "-k N=1",
                                     "--objective NAME[:EPS]=mean", "--trials-out FILE.csv", "--mu X", "--alpha X"})},
        Described{"predict", with_data_options({"MODEL", "--data FILE", "-k N=3", "--certify", "--norm TEXT=l2",
                                                "--space TEXT=preprocessed", "--out FILE.csv"})},
        Described{"evaluate", with_data_options({"MODEL", "--test FILE", "--test-labels", "-k N=3", "--noise",
                                                 "--repeats N=10", "--no-retrieval"})},
        Described{"certify",
                  with_data_options({"MODEL", "--test FILE", "--test-labels", "-k N=1", "--norm TEXT=l2",
                                     "--method TEXT=bound", "--eps", "--space TEXT=preprocessed",
                                     "--box LIMITS|FILE.csv", "--limit N=0", "--histogram", "--out FILE.csv",
                                     "--witnesses FILE.npy", "--curve FILE.csv", "--plot FILE", "--check FILE.csv"})},
        Described{"attack", with_data_options({"MODEL", "--test FILE", "--test-labels", "-k N=1", "--norm TEXT=l2",
                                               "--space TEXT=preprocessed", "--box LIMITS|FILE.csv", "--tries N=200",
                                               "--limit N=0", "--out FILE.csv", "--rows FILE.npy"})},
        Described{"transform", with_data_options({"MODEL", "--data FILE", "--out FILE.npy"})},
        Described{"info", {"MODEL"}}, Described{"demo", {"--out DIR", "default: nothing is written"}}),
    [](const testing::TestParamInfo<Described>& described) { return std::string(described.param.command); });

TEST(ProgramHelp, NamesEveryCommand) {
  const Outcome outcome = run({"--help"});
  EXPECT_EQ(outcome.status, 0);
  for (const char* command : {"fit", "tune", "predict", "evaluate", "certify", "attack", "transform", "info", "demo"}) {
    EXPECT_THAT(outcome.out, HasSubstr(std::string("\n  ") + command + " "));
  }
}

TEST(ProgramHelp, VersionIsOneLine) {
  const Outcome outcome = run({"--version"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, testing::MatchesRegex("holdfast [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

class Warnings : public InFolder {
 protected:
  const std::string iris = shipped("iris.csv.gz");
};

TEST_F(Warnings, NameEachOptionWithoutEffect) {
  const Outcome outcome = run({"fit", "euclidean", "--train", iris, "--out", path("m"), "--neighbors", "5", "--mu",
                               "0.3", "--perturbation", "auto", "--keep-best"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err,
            "holdfast: warning: --neighbors has no effect with the method euclidean\n"
            "holdfast: warning: --mu has no effect with the method euclidean\n"
            "holdfast: warning: --perturbation has no effect with the method euclidean\n"
            "holdfast: warning: --keep-best has no effect with the method euclidean\n");
}

TEST_F(Warnings, AreGivenWithJsonAndQuietToo) {
  const Outcome outcome =
      run({"fit", "euclidean", "--train", iris, "--out", path("m"), "--rank", "2", "--json", "--quiet"});
  EXPECT_EQ(outcome.err, "holdfast: warning: --rank has no effect with the method euclidean\n");
  EXPECT_EQ(json_of(outcome.out).at("method"), "euclidean");
}

TEST_F(Warnings, TellOfAFitThatDidNotConverge) {
  for (const bool json : {false, true}) {
    Arguments arguments = {"fit", "lmnn", "--train", iris, "--out", path("m"), "--max-iterations", "2"};
    if (json) arguments.push_back("--json");
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.err,
              "holdfast: warning: not converged after 2 iterations; raise --max-iterations or --tolerance\n");
    if (json) {
      EXPECT_EQ(json_of(outcome.out).at("converged"), false);
    }
  }
}

TEST_F(Warnings, NameOptionsThatNeedAnother) {
  fitted("m", {"euclidean", "--train", iris});
  EXPECT_EQ(run({"predict", path("m"), "--data", iris, "--norm", "linf"}).err,
            "holdfast: warning: --norm has no effect without --certify\n");
  EXPECT_EQ(without_notes(run({"evaluate", path("m"), "--test", iris, "--repeats", "2"}).err),
            "holdfast: warning: --repeats has no effect without --noise\n");
}

TEST_F(Warnings, JsonIsPlacedBeforeOrAfterTheCommand) {
  fitted("m", {"euclidean", "--train", iris});
  const std::string before = run({"--json", "info", path("m")}).out;
  EXPECT_EQ(json_of(before).at("n"), 150);
  EXPECT_EQ(run({"info", path("m"), "--json"}).out, before);
}

}  // namespace
}  // namespace holdfast::cli
