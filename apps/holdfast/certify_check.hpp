// holdfast certify --check: radii verified by independent code.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "check_report.hpp"
#include "holdfast/core/error.hpp"
#include "measured_radii.hpp"

namespace holdfast::app {

struct CheckCommand {
  std::filesystem::path model;
  const RadiiOptions& rows;
  std::filesystem::path file;
  std::filesystem::path witnesses;   ///< empty: there are none
  std::filesystem::path test_pairs;  ///< empty: the pairs are those of the file
};

/// Verifies the file's lines, whatever they are about, and prints the tally. Throws InputError if a line does not hold.
void run_check(const CheckCommand& command, const CommonOptions& common);

/// The same for files of searches and of pairs (certify_check_tasks.cpp).
void check_searches(const CheckCommand& command, const CommonOptions& common);
void check_pair_decisions(const CheckCommand& command, const CommonOptions& common);

// What they share.

/// call(), with the line of the file as the place of an InputError.
template <class Call>
auto in_line(const CheckCommand& command, Index line, Call&& call) {
  try {
    return call();
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}:{}: {}", command.file.string(), line, error.what()));
  }
}
/// The units that a line tells; those of --space if it does not.
[[nodiscard]] certify::Space space_of(const CheckCommand& command, const std::string& space, Index line);
/// The threat of a line, without its box and columns.
[[nodiscard]] certify::ThreatModel threat_of(const CheckCommand& command, const std::string& norm, certify::Space space,
                                             Index line);
/// The perturbed rows, one per line of `columns` numbers; empty if the command has none.
[[nodiscard]] Matrix read_witnesses(const CheckCommand& command, std::size_t lines, Index columns);
/// The perturbed row of a line; nothing if there is none, or it is the row itself.
[[nodiscard]] std::optional<RowVector> witness_of(const Matrix& witnesses, std::size_t line, const RowView& row);
/// The rows of the test data in the units of the space, to see which lines have no witness; the checker prepares rows
/// itself.
[[nodiscard]] Matrix rows_in(const model::Model& model, certify::Space space, const Dataset& test);
/// Claims in one norm, with their lines.
template <class Claim, class Line>
struct Claims {
  std::vector<Claim> claims;
  std::vector<const Line*> lines;
};
/// How many of `rows` rows are judged.
[[nodiscard]] Index judged_rows(const CheckCommand& command, Index rows);
/// What may explain a fault: options of the threat, which the file does not name.
[[nodiscard]] std::string remedy_of(const CheckCommand& command);

}  // namespace holdfast::app
