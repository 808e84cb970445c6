// What `--perturbation auto` gains and what it costs: Euclidean distance, plain LMNN, and LMNN with the chosen weight,
// over random 70/30 splits. Prints a table in Markdown, and which data sets lose.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "holdfast/evaluate/split.hpp"
#include "holdfast/learners/perturbation.hpp"
#include "holdfast/learners/train.hpp"
#include "measure.hpp"

namespace {

using namespace holdfast;
using namespace holdfast::experiments;

constexpr Case cases[] = {{"iris", "standardize"},       {"wine", "standardize"},
                          {"wdbc", "standardize"},       {"glass", "standardize"},
                          {"sonar", "standardize"},      {"heart", "standardize"},
                          {"australian", "standardize"}, {"pima", "standardize"},
                          {"haberman", "standardize"},   {"balance", "standardize"},
                          {"german", "standardize"},     {"fourclass", "standardize"},
                          {"voting", "standardize"},     {"breast_cancer_wisconsin", "standardize"},
                          {"vowel", "standardize"},      {"segment", "standardize"},
                          {"digits", "minmax"},          {"dna", "center"},
                          {"splice", "standardize"},     {"satimage", "standardize"}};
constexpr int splits = 5;
enum Way { euclidean, plain, chosen, ways };

/// Figures of the three on one data set, and what the third took.
struct Compared {
  Figures figures[ways];
  std::vector<std::string> factors;
  double seconds = 0.0;
};

void compare(const Dataset& train, const Dataset& test, const Case& c, std::uint64_t seed, Compared& compared) {
  for (int way = 0; way < ways; ++way) {
    learners::TrainOptions options{
        .method = way == euclidean ? "euclidean" : "lmnn", .preprocess = c.preprocess, .seed = seed};
    if (way == chosen) options.options.set("perturbation", learners::Perturbation{});
    const auto start = std::chrono::steady_clock::now();
    const learners::Trained trained = learners::train(train, options);
    if (way == chosen) {
      compared.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / splits;
      for (const auto& [name, value] : trained.report.derived) {
        if (name == "perturbation_factor") compared.factors.push_back(fmt::format("{}", value));
      }
    }
    measure(trained.model, test, seed, compared.figures[way]);
  }
}

/// Mean and standard error of the paired differences of accuracy.
std::pair<double, double> difference(const Figures& a, const Figures& b) {
  std::vector<double> differences(a.accuracy.size());
  std::ranges::transform(a.accuracy, b.accuracy, differences.begin(), std::minus());
  const evaluate::Spread spread = evaluate::spread(differences);
  return {*spread.mean, spread.deviation.value_or(0.0) / std::sqrt(static_cast<double>(differences.size()))};
}

}  // namespace

int main(int argc, char** argv) {
  print_commit();
  const std::filesystem::path folder = data_folder(argc, argv);
  fmt::print(
      "1-NN, mean of {} random 70/30 splits (seeds 0..{}): accuracy / mean certified l2 radius\n\n"
      "| data | rows, columns | Euclidean | LMNN | LMNN, `--perturbation auto` | factors chosen | accuracy against the "
      "better of the two | radius / Euclid's | s per fit |\n|---|---|---|---|---|---|---|---|---|\n",
      splits, splits - 1);
  int sets = 0;
  int larger = 0;
  std::vector<std::string> losses;
  for (const Case& c : cases) {
    std::filesystem::path file;
    if (!find_data(folder, c, file)) continue;
    const Dataset data = io::read_dataset(file);
    Compared compared;
    for (std::uint64_t seed = 0; seed < splits; ++seed) {
      const evaluate::Split split = evaluate::random_split(data.rows(), 0.7, seed);
      compare(select_rows(data, split.train), select_rows(data, split.test), c, seed, compared);
    }
    const Figures& own = compared.figures[chosen];
    const auto [mean, error] =
        std::min(difference(own, compared.figures[euclidean]), difference(own, compared.figures[plain]));
    const double ratio =
        *evaluate::spread(own.radius).mean / *evaluate::spread(compared.figures[euclidean].radius).mean;
    fmt::print("| {}, {} | {} x {} |", c.name, c.preprocess, data.rows(), data.dimension());
    for (const Figures& f : compared.figures) {
      fmt::print(" {:.3f} / {:.3f} |", *evaluate::spread(f.accuracy).mean, *evaluate::spread(f.radius).mean);
    }
    fmt::print(" {} | {:+.3f} +- {:.3f} | {:.3f} | {:.2f} |\n", fmt::join(compared.factors, " "), mean, error, ratio,
               compared.seconds);
    std::fflush(stdout);
    ++sets;
    if (ratio >= 1.0) ++larger;
    if (mean < -0.01 && mean < -2.0 * error) losses.emplace_back(c.name);
  }
  fmt::print(
      "\nRadius at least Euclid's on {} of {} sets. Accuracy below the better of the two by more than 0.01 and two "
      "standard errors: {}.\n",
      larger, sets, losses.empty() ? "none" : fmt::format("{}", fmt::join(losses, ", ")));
}
