// Ctrl-C during long work, and progress on a terminal.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "holdfast/core/random.hpp"
#include "program.hpp"

namespace holdfast::cli {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

using Clock = std::chrono::steady_clock;

constexpr std::size_t rows = 4000;
constexpr std::size_t columns = 200;

class Interrupt : public InFolder {
 protected:
  /// Four classes, well apart in four columns among many of noise: there is much to find, over hundreds of iterations.
  /// (With labels that have nothing to do with the rows the metric would soon be zero, and the work over.)
  Interrupt() {
    Random random(5);
    std::vector<double> values(rows * columns);
    for (double& value : values) value = random.normal();
    std::string labels;
    for (std::size_t row = 0; row < rows; ++row) {
      const std::size_t label = row % 4;
      values[row * columns + label] += 6.0;
      labels += fmt::format("{}\n", label);
    }
    file("x.npy", as_npy(rows, columns, values));
    file("y.txt", labels);
  }

  [[nodiscard]] Arguments long_fit(const Arguments& more = {}) const {
    Arguments arguments = {"fit",         "lmnn",        "--train", path("x.npy"), "--labels", path("y.txt"), "--out",
                           path("model"), "--tolerance", "1e-12",   "--neighbors", "5",        "--impostors", "30"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  /// Starts the program, interrupts it once it has used so much processor time, and checks that it ends soon.
  static Outcome interrupted(const Arguments& arguments, double processor_seconds, int signal = SIGINT) {
    Child child(arguments);
    const Clock::time_point limit = Clock::now() + std::chrono::minutes(2);
    while (!child.ended() && child.processor_seconds() < processor_seconds && Clock::now() < limit) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    const Clock::time_point sent = Clock::now();
    child.signal(signal);
    Outcome outcome = child.wait();
    const double seconds = std::chrono::duration<double>(Clock::now() - sent).count();
    EXPECT_LT(seconds, 60.0);  // well below a second on an idle machine; the fit itself would take minutes
    return outcome;
  }

  /// The files beside the two of the data.
  [[nodiscard]] std::size_t files_written() const { return listing().size() - 2; }
};

TEST_F(Interrupt, FitEndsAndWritesNothing) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const Outcome outcome = interrupted(long_fit(), 1.5, signal);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, MatchesRegex("holdfast: interrupted.*; nothing was written.*\n"));
    EXPECT_EQ(files_written(), 0u);
  }
}

TEST_F(Interrupt, KeepBestWritesTheBestModelSoFar) {
  // Later and later, until the signal comes after the first iteration: how long the search before it takes depends on
  // the machine and the build.
  Outcome outcome;
  for (double seconds = 2.0; seconds < 100.0; seconds *= 2.0) {
    outcome = interrupted(long_fit({"--keep-best", "--json"}), seconds);
    if (outcome.status == 0) break;
    EXPECT_EQ(outcome.err, "holdfast: interrupted; nothing was written\n");
  }
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const nlohmann::json report = json_of(outcome.out);
  EXPECT_EQ(report.at("converged"), false);
  EXPECT_THAT(report.at("reason").get<std::string>(), HasSubstr("interrupted"));
  EXPECT_GT(report.at("iterations").get<int>(), 0);
  EXPECT_EQ(files_written(), 1u);
  const Outcome info = run({"info", path("model"), "--json"});
  EXPECT_EQ(info.status, 0) << info.err;
  EXPECT_EQ(json_of(info.out).at("objective"), report.at("objective"));
  EXPECT_EQ(json_of(info.out).at("converged"), false);
}

TEST_F(Interrupt, OtherCommandsEndAndWriteNothingToo) {
  fitted("model", {"euclidean", "--train", path("x.npy"), "--labels", path("y.txt")});
  const std::vector<Arguments> commands = {
      {"certify", path("model"), "--test", path("x.npy"), "--test-labels", path("y.txt"), "--norm", "l2,l1,linf,l2,l1",
       "-k", "3", "--out", path("c.csv")},
      {"evaluate", path("model"), "--test", path("x.npy"), "--labels", path("y.txt"), "--noise", "gaussian:5",
       "--repeats", "1000"}};
  for (const Arguments& command : commands) {
    const Outcome outcome = interrupted(command, 1.0);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err, "holdfast: interrupted; nothing was written\n");
    EXPECT_EQ(files_written(), 1u);
  }
}

TEST_F(Interrupt, ProgressIsDrawnOnATerminalAndRemoved) {
  const Outcome outcome = run_on_terminal(long_fit({"--max-iterations", "20"}));
  EXPECT_EQ(outcome.status, 0) << outcome.out;
  EXPECT_THAT(outcome.out, HasSubstr("\r\033[Klmnn       [="));
  EXPECT_THAT(outcome.out, HasSubstr("/20  objective "));
  EXPECT_THAT(outcome.out, HasSubstr("/s"));
  EXPECT_THAT(outcome.out, HasSubstr(" left"));
  // What is said afterwards begins on a line from which the bar was removed.
  EXPECT_THAT(outcome.out, HasSubstr("\r\033[Kholdfast: warning: not converged"));
  EXPECT_THAT(outcome.out, HasSubstr("\n" + path("x.npy") + ": 4000 rows"));
}

TEST_F(Interrupt, NoProgressInAPipeOrWhenQuiet) {
  const Outcome piped = run(long_fit({"--max-iterations", "20"}));
  EXPECT_EQ(piped.status, 0);
  EXPECT_THAT(piped.err, testing::StartsWith("holdfast: warning: not converged after 20 iterations"));
  EXPECT_EQ(lines_of(piped.err).size(), 1u) << piped.err;
  EXPECT_EQ((piped.out + piped.err).find('\r'), std::string::npos);
  EXPECT_EQ(run_on_terminal(long_fit({"--max-iterations", "20", "--quiet"})).out.find('\033'), std::string::npos);
}

TEST_F(Interrupt, AKillAtAnyMomentLeavesTheWholeModelOrNothing) {
  const std::string train = shipped("iris.csv.gz");
  const std::filesystem::path folder = path("out");
  std::filesystem::create_directory(folder);
  const int unnamed = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (unnamed < 0) GTEST_SKIP() << "the file system has no files without a name";
  ::close(unnamed);
  const std::string model = (folder / "model.holdfast").string();
  const Arguments fit = {"fit", "euclidean", "--train", train, "--out", model};
  ASSERT_EQ(run(fit).status, 0);
  const std::string whole = read_file(model);
  for (int round = 0; round < 60; ++round) {
    if (round % 2 == 0) std::filesystem::remove(model);  // else it is replaced
    Child child(fit);
    std::this_thread::sleep_for(std::chrono::microseconds(700 * round));
    child.signal(SIGKILL);
    (void)child.wait();
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      // Between the two system calls that replace a model, and only there, it is there twice.
      if (round % 2 == 0) {
        EXPECT_EQ(entry.path().string(), model) << "round " << round;
      }
      EXPECT_EQ(read_file(entry.path()), whole) << "round " << round;
    }
  }
  ASSERT_EQ(run(fit).status, 0);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

}  // namespace
}  // namespace holdfast::cli
