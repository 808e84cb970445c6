// Does the perturbation loss plug into any learner over triplets? Data sets x {lmnn, scml, nca} x {without, with}, each
// tuned the same way: random search on the training rows by the mean of accuracy and certified accuracy, then the test
// rows once. Prints tables in Markdown.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <map>

#include "holdfast/evaluate/split.hpp"
#include "holdfast/evaluate/tune.hpp"
#include "measure.hpp"

namespace {

using namespace holdfast;
using namespace holdfast::experiments;

constexpr Case cases[] = {
    {"australian", "standardize"}, {"balance", "minmax"},    {"digits", "minmax"},    {"german", "standardize"},
    {"glass", "standardize"},      {"heart", "standardize"}, {"iris", "minmax"},      {"segment", "standardize"},
    {"sonar", "minmax"},           {"voting", "center"},     {"wdbc", "standardize"}, {"wine", "minmax"}};
constexpr const char* methods[] = {"lmnn", "scml", "nca"};
constexpr int splits = 5;
constexpr double train_fraction = 0.7;
const evaluate::TuneOptions search{.trials = 16, .folds = 3, .k = 1};

/// Tuned on the training rows, with the perturbation loss off or searched.
model::Model tuned(const char* method, bool perturbed, const Dataset& train, const Case& c, std::uint64_t seed) {
  learners::TrainOptions options{.method = method, .preprocess = c.preprocess, .seed = seed};
  options.options.set("perturbation", perturbed ? learners::Perturbation{} : learners::Perturbation{0.0, {}});
  evaluate::TuneOptions own = search;
  own.seed = seed;
  options.options = evaluate::tune(train, options, own).winner().options;
  return learners::train(train, options).model;
}

std::string cell(const std::vector<double>& values) {
  const evaluate::Spread spread = evaluate::spread(values);
  return fmt::format("{:.3f} ± {:.3f}", *spread.mean, *spread.deviation);
}

/// How often the perturbation loss raises, keeps and lowers a figure, over splits and data sets.
struct Tally {
  int higher = 0;
  int equal = 0;
  int lower = 0;
  double difference = 0.0;

  void add(const std::vector<double>& without, const std::vector<double>& with) {
    for (std::size_t i = 0; i < with.size(); ++i) {
      ++(with[i] > without[i] ? higher : with[i] < without[i] ? lower : equal);
      difference += with[i] - without[i];
    }
  }
  [[nodiscard]] std::string text() const {
    return fmt::format("{} / {} / {} ({:+.4f})", higher, equal, lower, difference / (higher + equal + lower));
  }
};

}  // namespace

int main(int argc, char** argv) {
  print_commit();
  const std::filesystem::path folder = data_folder(argc, argv);
  const auto began = std::chrono::steady_clock::now();
  fmt::print(
      "1-NN, mean ± standard deviation of {} random splits (seeds 0 to {}), {:.0f} % of the rows to learn. Options by "
      "random search ({} trials, {} folds) on the training rows, by the mean of accuracy and certified accuracy at the "
      "median Euclidean radius. Radius: mean certified l2 radius in preprocessed units.\n\n"
      "| data | scaling | metric | accuracy | at 10 dB noise | radius |\n|---|---|---|---|---|---|\n",
      splits, splits - 1, 100.0 * train_fraction, search.trials, search.folds);
  std::map<std::string, std::array<Tally, 3>> tallies;
  for (const Case& c : cases) {
    std::filesystem::path file;
    if (!find_data(folder, c, file)) continue;
    const Dataset data = io::read_dataset(file);
    Figures euclidean;
    std::map<std::string, std::array<Figures, 2>> figures;
    for (std::uint64_t seed = 0; seed < splits; ++seed) {
      const evaluate::Split split = evaluate::random_split(data.rows(), train_fraction, seed);
      const Dataset train = select_rows(data, split.train);
      const Dataset test = select_rows(data, split.test);
      measure(learners::train(train, {.method = "euclidean", .preprocess = c.preprocess}).model, test, seed, euclidean);
      for (const char* method : methods) {
        for (const bool perturbed : {false, true})
          measure(tuned(method, perturbed, train, c, seed), test, seed, figures[method][perturbed ? 1 : 0]);
      }
    }
    const auto print = [&](const char* metric, const Figures& f) {
      fmt::print("| {} | {} | {} | {} | {} | {} |\n", c.name, c.preprocess, metric, cell(f.accuracy), cell(f.noisy),
                 cell(f.radius));
    };
    print("Euclidean", euclidean);
    for (const char* method : methods) {
      const auto& [without, with] = figures[method];
      print(method, without);
      print(fmt::format("{} + perturbation", method).c_str(), with);
      tallies[method][0].add(without.accuracy, with.accuracy);
      tallies[method][1].add(without.noisy, with.noisy);
      tallies[method][2].add(without.radius, with.radius);
    }
    std::fflush(stdout);
  }
  fmt::print(
      "\nWith the perturbation loss against without, over all data sets and splits: higher / equal / lower (mean "
      "difference)\n\n| metric | accuracy | at 10 dB noise | radius |\n|---|---|---|---|\n");
  for (const char* method : methods) {
    const auto& [accuracy, noisy, radius] = tallies[method];
    fmt::print("| {} | {} | {} | {} |\n", method, accuracy.text(), noisy.text(), radius.text());
  }
  fmt::print("\n{:.0f} s in all.\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
}
