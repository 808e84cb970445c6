// How the derived perturbation loss does on data sets that it was not tuned to one by one: Euclidean distance, LMNN,
// and LMNN with --perturbation auto, over random 70/30 splits. Prints a table in Markdown.
#include <fmt/format.h>

#include <cstdio>

#include "holdfast/evaluate/split.hpp"
#include "holdfast/learners/perturbation.hpp"
#include "holdfast/learners/train.hpp"
#include "measure.hpp"

namespace {

using namespace holdfast;
using namespace holdfast::experiments;

constexpr Case cases[] = {{"digits", "minmax"},       {"wine", "minmax"},  {"wdbc", "minmax"},
                          {"wdbc", "standardize"},    {"iris", "minmax"},  {"australian", "standardize"},
                          {"segment", "standardize"}, {"sonar", "minmax"}, {"glass", "standardize"}};
constexpr int splits = 5;

}  // namespace

int main(int argc, char** argv) {
  print_commit();
  const std::filesystem::path folder = data_folder(argc, argv);
  fmt::print(
      "1-NN, mean of {} random 70/30 splits (seeds 0..{}): accuracy / accuracy at 10 dB noise / mean certified l2 "
      "radius\n\n| data | scaling | Euclidean | LMNN | LMNN + perturbation |\n|---|---|---|---|---|\n",
      splits, splits - 1);
  for (const Case& c : cases) {
    std::filesystem::path file;
    if (!find_data(folder, c, file)) continue;
    const Dataset data = io::read_dataset(file);
    Figures figures[3];
    for (std::uint64_t seed = 0; seed < splits; ++seed) {
      const evaluate::Split split = evaluate::random_split(data.rows(), 0.7, seed);
      const Dataset train = select_rows(data, split.train);
      const Dataset test = select_rows(data, split.test);
      for (int method = 0; method < 3; ++method) {
        learners::TrainOptions options{.method = method == 0 ? "euclidean" : "lmnn", .preprocess = c.preprocess};
        if (method == 2) options.options.set("perturbation", learners::Perturbation{});
        measure(learners::train(train, options).model, test, seed, figures[method]);
      }
    }
    fmt::print("| {} | {} |", c.name, c.preprocess);
    for (const Figures& f : figures) {
      fmt::print(" {:.3f} / {:.3f} / {:.3f} |", *evaluate::spread(f.accuracy).mean, *evaluate::spread(f.noisy).mean,
                 *evaluate::spread(f.radius).mean);
    }
    fmt::print("\n");
    std::fflush(stdout);
  }
}
