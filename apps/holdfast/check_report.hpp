// The outcome of certify --check: lines that hold, by norm and method, and those that do not.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common.hpp"
#include "holdfast/certify/check_claims.hpp"
#include "holdfast/core/record.hpp"

namespace holdfast::app {

/// A line of the file that is checked.
struct CheckedLine {
  Index number;       ///< in the file, from 1
  std::string about;  ///< such as "row 7"
  std::string norm;
  std::string method;
};

class CheckReport {
 public:
  explicit CheckReport(std::filesystem::path file) : file_(std::move(file)) {}

  /// What the checker says of a line, with or without a witness.
  void add(const CheckedLine& line, const certify::Finding& finding, bool has_witness);
  /// A line that cannot be checked without a witness.
  void add_unchecked(const CheckedLine& line);
  /// A line of the file, or a line that it lacks, is wrong.
  void add_fault(std::string fault) { faults_.push_back(std::move(fault)); }
  /// Each of the first `count` rows has to have one line per norm and method (about_row).
  void require_rows(Index count);

  [[nodiscard]] bool is_empty() const { return tallies_.empty(); }
  [[nodiscard]] bool holds() const { return faults_.empty(); }
  /// Prints the tally after the fields of `head`. Throws InputError if a line does not hold, with the remedy.
  void finish(const Record& head, bool has_witnesses, const std::string& remedy, const CommonOptions& common) const;

 private:
  /// Lines of one norm and method.
  struct Tally {
    Index lines = 0;
    Index witnesses = 0;
    Index unchecked = 0;
    Index lower_open = 0;
    Index upper_open = 0;
    std::map<std::string, Index> lines_about = {};
  };

  Tally& tally_of(const CheckedLine& line);
  [[nodiscard]] Value::List describe() const;

  std::filesystem::path file_;
  std::map<std::pair<std::string, std::string>, Tally> tallies_;
  std::vector<std::string> faults_;
};

/// "row 7".
[[nodiscard]] std::string about_row(Index row);

}  // namespace holdfast::app
