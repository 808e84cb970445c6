#include "io/text_labels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "holdfast/core/parse.hpp"
#include "io/csv_cells.hpp"
#include "io/missing_cells.hpp"
#include "io/text.hpp"

namespace holdfast::io {
namespace {

struct Line {
  Index number = 0;
  std::string index;  ///< the cell before the label, if there are two
  std::string label;
  std::size_t cells = 0;
};

std::vector<Line> read_lines(ByteSource& source, char delimiter, Missing missing) {
  LineReader reader(source);
  Cells cells(reader, delimiter);
  std::vector<Line> lines;
  std::string_view text;
  std::vector<Index> blank;  // lines, until another line shows that they are not the end
  while (reader.next(text)) {
    if (is_blank(text)) {
      blank.push_back(reader.number());
      continue;
    }
    if (!blank.empty() && missing != Missing::drop) {
      fail_at(source.name(), blank.front(), 1, "the line " + explain_missing_label({}));
    }
    for (const Index number : std::exchange(blank, {})) lines.push_back({number, "", "", 1});
    const Index number = reader.number();
    const std::vector<std::string_view>& found = cells.split(text);
    lines.push_back({number, found.size() > 1 ? std::string(found[0]) : "", std::string(found.back()), found.size()});
  }
  return lines;
}

bool is_number(const std::string& text) { return read_number(text).kind == Number::Kind::finite; }

/// Whether the cells before the labels name the rows: below an empty name, as pandas writes its index, or counting from
/// 0 or 1, perhaps below a header without a cell for them, as R writes row names.
bool is_index_column(const std::vector<Line>& lines) {
  if (std::any_of(lines.begin() + 1, lines.end(), [](const Line& line) { return line.cells != 2; })) return false;
  const Line& first = lines.front();
  const bool unnamed = first.index.empty() || first.index.starts_with("Unnamed:");
  if (first.cells == 2 && unnamed) return lines.size() > 1;
  const bool header = !is_number(first.index);
  const auto counted = std::span(lines).subspan(header ? 1 : 0);
  if (counted.size() < 2) return false;
  Index expected = counted[0].index == "0" ? 0 : 1;
  return std::ranges::all_of(counted, [&](const Line& line) { return parse_whole<Index>(line.index) == expected++; });
}

bool is_header(const std::vector<Line>& lines, bool indexed, Index rows) {
  const Line& first = lines.front();
  if (indexed) return first.cells == 1 || !is_number(first.index);
  if (lines.size() < 2) return false;
  const auto others = std::span(lines).subspan(1);
  if (!is_number(first.label) && std::ranges::all_of(others, is_number, &Line::label)) return true;
  if (std::ssize(lines) != rows + 1) return false;
  std::map<std::string_view, Index> count_of;
  for (const Line& line : lines) ++count_of[line.label];
  return count_of[first.label] == 1 && count_of.size() < lines.size();
}

}  // namespace

std::vector<std::string> read_text_labels(ByteSource& source, char delimiter, Index rows,
                                          std::vector<std::string>& notes, Missing missing) {
  std::vector<Line> lines = read_lines(source, delimiter, missing);
  if (lines.empty()) fail(source.name(), "holds no labels; it must hold one per line");
  const auto wide = std::ranges::find_if(lines, [](const Line& line) { return line.cells != 1; });
  const bool indexed = wide != lines.end() && is_index_column(lines);
  if (wide != lines.end() && !indexed) {
    fail_at(source.name(), wide->number, 2,
            fmt::format("the line has {} fields; a file of labels must have one column", wide->cells));
  }
  if (indexed) notes.emplace_back("the column before the labels names rows and is left out");
  if (is_header(lines, indexed, rows)) {
    notes.push_back(fmt::format("the first line, {}, is taken as a header", shown(lines.front().label)));
    lines.erase(lines.begin());
  }
  std::vector<std::string> labels;
  for (const Line& line : lines) {
    const Index column = indexed ? 2 : 1;
    const std::string_view label = settled_label(line.label, missing, [&](const std::string& problem) {
      fail_at(source.name(), line.number, column, "the label " + problem);
    });
    if (!is_utf8(label)) {
      fail_at(source.name(), line.number, column, "the text is not valid UTF-8; save the file as UTF-8");
    }
    labels.emplace_back(label);
  }
  return labels;
}

}  // namespace holdfast::io
