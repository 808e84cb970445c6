// Certificates at the size of real data: MNIST and Fashion-MNIST, all 10,000 test rows against up to 60,000 reference
// rows, Euclidean on 784 columns and a learned metric on 50. Prints a table in Markdown with time and memory.
#include <fmt/format.h>

#include <cstdio>
#include <fstream>

#include "holdfast/evaluate/certifier.hpp"
#include "holdfast/evaluate/summary.hpp"
#include "holdfast/learners/perturbation.hpp"
#include "holdfast/learners/train.hpp"
#include "measure.hpp"

namespace {

using namespace holdfast;
using namespace holdfast::experiments;

/// A figure of the process's memory in MiB: VmRSS is what it has, VmHWM the most it had since forget_most_memory().
double memory(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::stod(line.substr(field.size() + 1)) / 1024.0;
  }
  return 0.0;
}

void forget_most_memory() { std::ofstream("/proc/self/clear_refs") << 5; }

Dataset images(const std::filesystem::path& folder, const char* name, const char* part) {
  const std::filesystem::path base = folder / name;
  return io::read_dataset(base / fmt::format("{}-images-idx3-ubyte.gz", part),
                          {.labels_file = base / fmt::format("{}-labels-idx1-ubyte.gz", part)});
}

Dataset first_rows(const Dataset& data, Index count) {
  std::vector<Index> rows(static_cast<std::size_t>(count));
  for (Index i = 0; i < count; ++i) rows[static_cast<std::size_t>(i)] = i;
  return select_rows(data, rows);
}

}  // namespace

int main(int argc, char** argv) {
  print_commit();
  const std::filesystem::path folder = data_folder(argc, argv);
  fmt::print(
      "| data | metric | reference rows | k | method | accuracy | mean radius | seconds | memory beyond the data, MiB "
      "|\n");
  fmt::print("|---|---|---:|---:|---|---:|---:|---:|---:|\n");
  for (const char* name : {"mnist", "fashion_mnist"}) {
    const Dataset all = images(folder, name, "train");
    const Dataset test = images(folder, name, "t10k");
    const double data_memory = memory("VmRSS");
    for (const bool learned : {true, false}) {
      for (const Index count : {10'000, 20'000, 40'000, 60'000}) {
        const Dataset train = first_rows(all, count);
        learners::TrainOptions options{.method = learned ? "lmnn" : "euclidean",
                                       .preprocess = learned ? "minmax,pca:50" : "minmax"};
        if (learned) options.options.set("perturbation", learners::Perturbation{});
        const model::Model model = learners::train(train, options).model;
        for (const Index k : {1, 11}) {
          const certify::CertifiedKnn knn(model, {});
          const certify::CertificationProblem problem = knn.problem(test, {.k = k});
          const double accuracy = evaluate::accuracy(problem.predicted, problem.classes);
          for (const char* method : {"fast", "bound", "exact"}) {
            const evaluate::Certifier& certifier = evaluate::find_certifier(method);
            const bool is_exact = certifier.kind == certify::BoundKind::exact;
            if (is_exact ? k > 1 : k == 1 && count < 60'000) continue;
            forget_most_memory();
            const evaluate::Radii radii = evaluate::radii(knn, problem, certifier);
            fmt::print("| {} | {} | {} | {} | {} | {:.4f} | {:.4f} | {:.1f} | {:.0f} |\n", name,
                       learned ? "lmnn, minmax,pca:50" : "euclidean, minmax", count, k, method, accuracy,
                       evaluate::summarize(radii.certificates, {}).mean, radii.seconds, memory("VmHWM") - data_memory);
            std::fflush(stdout);
          }
        }
      }
    }
  }
}
