// CSV results, to a file that is whole or not there, or to standard output.
#pragma once

#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/io/atomic_file.hpp"

namespace holdfast::app {

class CsvOutput {
 public:
  /// An empty path writes to standard output.
  explicit CsvOutput(const std::filesystem::path& path) {
    if (!path.empty()) file_.emplace(path);
  }

  void row(const std::vector<std::string>& cells) {
    std::ostream& out = file_ ? file_->stream() : std::cout;
    for (std::size_t i = 0; i < cells.size(); ++i) out << (i > 0 ? "," : "") << quoted(cells[i]);
    out << "\n";
  }

  /// Nothing reaches the file before this.
  void commit() {
    if (file_) file_->commit();
  }

 private:
  /// RFC 4180: quotes where a cell would otherwise be misread.
  static std::string quoted(const std::string& cell) {
    if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
    std::string result = "\"";
    for (const char c : cell) result += c == '"' ? std::string("\"\"") : std::string(1, c);
    return result + "\"";
  }

  std::optional<io::AtomicFile> file_;
};

}  // namespace holdfast::app
