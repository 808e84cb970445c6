// Rows of delimited text that are right in every cell and have no quotes: the case that matters for speed.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "io/column_plan.hpp"

namespace holdfast::io {

/// Reads many lines at once, on all threads. A line that is not plain (quotes, missing cells, faults) is left to the
/// caller, who reads it with care or says what is wrong.
class PlainRows {
 public:
  PlainRows(const std::vector<CellUse>& uses, const Dialect& dialect);

  /// Reads whole lines, of which `number` is the first's number in the file. The text must hold as long as its rows are
  /// used.
  void read(std::string_view text, Index number);
  /// Whether the line was among those read last.
  [[nodiscard]] bool holds(Index number) const { return number >= first_ && number - first_ < std::ssize(lines_); }
  /// Goes to a line. False if it is not plain.
  bool find(Index number);

  /// Of the row found: a value per feature, in the order of the columns; those of texts are not set.
  [[nodiscard]] std::span<const double> values() const;
  /// Of the row found: the cells of texts, labels and identifiers, in the order of the columns.
  [[nodiscard]] std::span<const std::string_view> texts() const;

 private:
  bool read_row(std::string_view line, double* value, std::string_view* text) const;
  bool skip_delimiter(const char*& at, const char* end) const;
  [[nodiscard]] const char* cell_end(const char* at, const char* end) const;

  struct Line {
    std::string_view text;
    bool plain = false;
  };

  std::vector<CellUse> uses_;
  Dialect dialect_;
  std::size_t values_per_row_;
  std::size_t texts_per_row_;
  std::vector<Line> lines_;
  std::vector<double> values_;
  std::vector<std::string_view> texts_;
  Index first_ = 1;     // number of the first line
  std::size_t at_ = 0;  // the line found
};

}  // namespace holdfast::io
