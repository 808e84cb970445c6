// Tasks of certify besides classification: decisions on pairs, and retrieval.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common.hpp"
#include "holdfast/evaluate/summary.hpp"
#include "holdfast/linalg/pair_graph.hpp"
#include "measured_radii.hpp"

namespace holdfast::app {

/// certify --test-pairs.
struct PairTask {
  std::filesystem::path test_pairs;
  std::string threshold = "auto";  ///< a distance, or `auto`: the best on training pairs
  std::filesystem::path training_pairs;
  std::string moved = "one";
};

/// What a task needs of the command.
struct TaskCommand {
  std::filesystem::path model;
  const RadiiOptions& rows;
  std::vector<double> eps;  ///< empty: round ones
  std::filesystem::path out;
  std::filesystem::path witnesses;
};

/// Pairs with their labels.
struct LabelledPairs {
  std::vector<linalg::RowPair> pairs;
  std::vector<bool> similar;
};
/// The first `limit` pairs of a file (0: all) over `rows` rows, similar ones first. Throws InputError if there are
/// none.
[[nodiscard]] LabelledPairs labelled_pairs(const std::filesystem::path& file, Index rows, Index limit);

/// One line: the radii of `what` in a norm.
void print_summary(std::string_view norm, std::string_view what, const evaluate::RadiusSummary& summary,
                   double seconds);

/// Certifies decisions on pairs of test rows; prints the summary and writes one line per pair.
void certify_pairs(const TaskCommand& command, const PairTask& task, const CommonOptions& common);

/// Certifies the search of each test row among the others; prints the summary and writes one line per row.
void certify_retrieval(const TaskCommand& command, const CommonOptions& common);

}  // namespace holdfast::app
