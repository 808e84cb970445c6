// CSV results, to a file that is whole or not there, or to standard output.
#pragma once

#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include "holdfast/io/atomic_file.hpp"
#include "holdfast/report/text.hpp"

namespace holdfast::app {

class CsvOutput {
 public:
  /// An empty path writes to standard output.
  explicit CsvOutput(const std::filesystem::path& path) {
    if (!path.empty()) file_.emplace(path);
  }

  /// Writes the values of the record as a line, before the first record also the names. A value that is nothing is an
  /// empty cell.
  void row(const Record& record) {
    if (!std::exchange(has_header_, true)) line(record, [](const Field& field) { return field.name; });
    line(record, [](const Field& field) {
      return field.value.is_nothing() ? std::string() : report::to_text(field.value, field.style);
    });
  }

  /// Nothing reaches the file before this.
  void commit() {
    if (file_) file_->commit();
  }

 private:
  template <class CellOf>
  void line(const Record& record, CellOf&& cell_of) {
    std::ostream& out = file_ ? file_->stream() : std::cout;
    const char* separator = "";
    for (const Field& field : record.fields()) {
      out << separator << quoted(cell_of(field));
      separator = ",";
    }
    out << "\n";
  }

  /// RFC 4180: quotes if the cell would otherwise be misread.
  static std::string quoted(const std::string& cell) {
    if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
    std::string result = "\"";
    for (const char c : cell) result += c == '"' ? std::string("\"\"") : std::string(1, c);
    return result + "\"";
  }

  std::optional<io::AtomicFile> file_;
  bool has_header_ = false;
};

}  // namespace holdfast::app
