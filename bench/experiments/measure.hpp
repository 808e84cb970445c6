// What the experiments measure of a model, and how they find their data.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "holdfast/certify/knn_bound.hpp"
#include "holdfast/evaluate/evaluation.hpp"
#include "holdfast/evaluate/split.hpp"
#include "holdfast/io/dataset_file.hpp"

namespace holdfast::experiments {

/// A data set with the preprocessing that suits its columns.
struct Case {
  const char* name;
  const char* preprocess;
};

/// Figures on test rows, one value a split.
struct Figures {
  std::vector<double> accuracy;
  std::vector<double> noisy;   ///< accuracy under Gaussian noise of 10 dB, mean of ten draws
  std::vector<double> radius;  ///< mean certified l2 radius in preprocessed units
};

/// Some rows of a set, in order; fewer if it ends before.
inline Dataset rows_between(const Dataset& data, Index begin, Index end) {
  std::vector<Index> rows;
  for (Index row = begin; row < std::min(end, data.rows()); ++row) rows.push_back(row);
  return select_rows(data, rows);
}

/// 70 % of the rows to train on, and the first of the others to attack.
struct AttackedRows {
  Dataset train;
  Dataset test;
};
inline AttackedRows attacked_rows(const Dataset& data, Index most_test_rows) {
  const evaluate::Split split = evaluate::random_split(data.rows(), 0.7, 0);
  return {select_rows(data, split.train), rows_between(select_rows(data, split.test), 0, most_test_rows)};
}

/// MNIST, its part `train` or `t10k`.
inline Dataset images(const std::filesystem::path& folder, const char* part) {
  const std::filesystem::path base = folder / "mnist";
  return io::read_dataset(base / fmt::format("{}-images-idx3-ubyte.gz", part),
                          {.labels_file = base / fmt::format("{}-labels-idx1-ubyte.gz", part)});
}

/// Adds the figures of a model's 1-NN classifier.
inline void measure(const model::Model& model, const Dataset& test, std::uint64_t seed, Figures& figures) {
  const evaluate::Evaluation evaluation = evaluate::evaluate(
      model, test, {.k = 1, .noise = {{evaluate::NoiseKind::gaussian, 10.0}}, .seed = seed, .retrieval = false});
  figures.accuracy.push_back(evaluation.accuracy.value());
  figures.noisy.push_back(evaluation.noise[0].accuracy.mean.value());
  const certify::CertifiedKnn knn(model, {});
  figures.radius.push_back(evaluate::summarize(certify::knn_lower_bounds(knn, knn.problem(test)), {}).mean);
}

/// Seconds by the clock, and of all processors together, which other programs disturb less.
struct Spent {
  double clock;
  double processors;
};

inline Spent spent_by(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t processors = std::clock();
  work();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
          static_cast<double>(std::clock() - processors) / CLOCKS_PER_SEC};
}

/// Prints which commit of the sources the figures belong to, as a comment of the table that follows.
inline void print_commit() {
  std::string text;
  if (std::FILE* const git = ::popen("git -C '" HOLDFAST_SOURCE_DIR "' describe --always --dirty 2>/dev/null", "r")) {
    char buffer[64];
    if (std::fgets(buffer, sizeof buffer, git) != nullptr) text = buffer;
    ::pclose(git);
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  fmt::print("<!-- commit {} -->\n", text.empty() ? "unknown" : text);
}

/// The folder of data sets: the argument, else $HOLDFAST_DATA, else ../shared/data.
inline std::filesystem::path data_folder(int argc, char** argv) {
  if (argc > 1) return argv[1];
  if (const char* folder = std::getenv("HOLDFAST_DATA")) return folder;
  return std::filesystem::path(HOLDFAST_SOURCE_DIR) / "../shared/data";
}

/// The file of a data set there, or of its training rows; says on the table's line where it is missing.
inline bool find_data(const std::filesystem::path& folder, const Case& c, std::filesystem::path& file) {
  for (const char* part : {".train", ""}) {
    file = folder / c.name / fmt::format("{}{}.csv.gz", c.name, part);
    if (std::filesystem::exists(file)) return true;
  }
  fmt::print("| {} | not on this machine: {} |\n", c.name, file.string());
  return false;
}

}  // namespace holdfast::experiments
