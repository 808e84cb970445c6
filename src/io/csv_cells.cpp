#include "io/csv_cells.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::io {

const std::vector<std::string_view>& Cells::split(std::string_view& record) {
  bool open = std::count(record.begin(), record.end(), '"') % 2 != 0;
  while (open) {
    const std::size_t seen = record.size();
    if (!lines_.extend(record)) break;
    // A CR that was the end of the line is part of the cell now; no quote is counted twice.
    open = open != (std::count(record.begin() + static_cast<std::ptrdiff_t>(seen), record.end(), '"') % 2 != 0);
  }
  cells_.clear();
  unquoted_.clear();
  unquoted_.reserve(record.size());  // views into it must stay
  rest_ = record;
  while (next_cell()) {
  }
  return cells_;
}

bool Cells::next_cell() {
  if (delimiter_ == blanks) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r"), rest_.size()));
    if (rest_.empty()) return false;
  }
  const std::size_t start = rest_.find_first_not_of(delimiter_ == '\t' ? " " : " \t");
  if (start != std::string_view::npos && rest_[start] == '"') {
    rest_.remove_prefix(start + 1);
    cells_.push_back(trimmed(quoted_text()));
    const std::size_t stop = rest_.find_first_not_of(delimiter_ == '\t' ? " \r" : " \t\r");
    if (stop == std::string_view::npos) return false;
    if (delimiter_ == blanks && stop > 0) return true;
    if (rest_[stop] != delimiter_) {
      fail_at(lines_.source_name(), lines_.number(), column() - 1,
              "text follows the closing quote; write a quote within a quoted cell twice (\"\")");
    }
    rest_.remove_prefix(stop + 1);
    return true;
  }
  const std::size_t stop = delimiter_ == blanks ? rest_.find_first_of(" \t") : rest_.find(delimiter_);
  const std::string_view cell = rest_.substr(0, stop);
  if (cell.find('"') != std::string_view::npos) {
    fail_at(lines_.source_name(), lines_.number(), column(),
            "a quote stands within a cell that does not begin with one; put the cell in quotes and write the quote "
            "twice (\"\")");
  }
  cells_.push_back(trimmed(cell));
  if (stop == std::string_view::npos) return false;
  rest_.remove_prefix(stop + 1);
  return true;
}

std::string_view Cells::quoted_text() {
  const std::size_t begin = unquoted_.size();
  for (;;) {
    const std::size_t quote = rest_.find('"');
    if (quote == std::string_view::npos) {
      fail_at(lines_.source_name(), lines_.number(), column(),
              "the quote that opens here is never closed; close it, or write a quote that is meant twice (\"\")");
    }
    unquoted_ += rest_.substr(0, quote);
    rest_.remove_prefix(quote + 1);
    if (!rest_.starts_with('"')) return std::string_view(unquoted_).substr(begin);
    unquoted_ += '"';
    rest_.remove_prefix(1);
  }
}

void require_width(const std::vector<std::string_view>& fields, std::size_t width, const std::string& source,
                   Index line) {
  if (fields.size() == width) return;
  fail_at(source, line, static_cast<Index>(std::min(fields.size(), width)) + 1,
          fmt::format("the line has {} fields; the header has {}", fields.size(), width));
}

}  // namespace holdfast::io
