// Every method with its defaults, with and without the perturbation loss, side by side. Prints a table in Markdown.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "holdfast/evaluate/split.hpp"
#include "holdfast/learners/perturbation.hpp"
#include "holdfast/learners/train.hpp"
#include "measure.hpp"

namespace {

using namespace holdfast;
using namespace holdfast::experiments;

constexpr Case cases[] = {
    {"digits", "minmax"},          {"wine", "minmax"},         {"wdbc", "standardize"}, {"iris", "minmax"},
    {"australian", "standardize"}, {"segment", "standardize"}, {"sonar", "minmax"},     {"glass", "standardize"}};
constexpr int splits = 5;

double mean(const std::vector<double>& values) { return *evaluate::spread(values).mean; }

}  // namespace

int main(int argc, char** argv) {
  print_commit();
  const std::filesystem::path folder = data_folder(argc, argv);
  fmt::print(
      "1-NN, mean of {} random 70/30 splits (seeds 0 to {}), default options, columns scaled as named. Each cell: "
      "accuracy "
      "/ accuracy at 10 dB noise / mean certified l2 radius in preprocessed units; then the seconds of a fit.\n\n| "
      "metric |",
      splits, splits - 1);
  for (const Case& c : cases) fmt::print(" {} ({}) |", c.name, c.preprocess);
  fmt::print("\n|---|");
  for (std::size_t i = 0; i < std::size(cases); ++i) fmt::print("---|");
  fmt::print("\n");
  for (const learners::Method& method : learners::methods()) {
    for (const bool perturbed : {false, true}) {
      if (perturbed && method.options->find("perturbation") == nullptr) continue;
      fmt::print("| {}{} |", method.name, perturbed ? " + perturbation" : "");
      for (const Case& c : cases) {
        std::filesystem::path file;
        if (!find_data(folder, c, file)) continue;
        const Dataset data = io::read_dataset(file);
        Figures figures;
        double seconds = 0.0;
        for (std::uint64_t seed = 0; seed < splits; ++seed) {
          const evaluate::Split split = evaluate::random_split(data.rows(), 0.7, seed);
          const Dataset test = select_rows(data, split.test);
          learners::TrainOptions options{.method = std::string(method.name), .preprocess = c.preprocess};
          if (perturbed) options.options.set("perturbation", learners::Perturbation{});
          const auto began = std::chrono::steady_clock::now();
          const model::Model model = learners::train(select_rows(data, split.train), options).model;
          seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
          measure(model, test, seed, figures);
        }
        fmt::print(" {:.3f} / {:.3f} / {:.3f}; {:.2f} s |", mean(figures.accuracy), mean(figures.noisy),
                   mean(figures.radius), seconds / splits);
        std::fflush(stdout);
      }
      fmt::print("\n");
    }
  }
}
